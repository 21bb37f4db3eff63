#!/bin/sh
# Installs the released program, its completions and its man pages for one user, after checking it against SHA256SUMS.
#
#   install.sh --from URL|FOLDER [--dir FOLDER] [--version VERSION]
#
# --from     where the archives and SHA256SUMS are: an https URL, http on this machine, or a folder
# --dir      where to install: bin/ and share/ below it [default: ~/.local]
# --version  which version [default: the only one that SHA256SUMS lists]
#
# Nothing is written before the checksum is right. Checksums protect against damage; they protect against a forged
# server only if SHA256SUMS comes from somewhere you trust: `gh attestation verify` checks a release's provenance.
set -eu

fail() {
    printf 'install: %s\n' "$@" >&2
    exit 1
}

from='' dir=${HOME:-}/.local version=''
while [ $# -gt 0 ]; do
    case $1 in
        --from | --dir | --version)
            [ $# -ge 2 ] || fail "$1 needs a value"
            case $1 in
                --from) from=${2%/} ;;
                --dir) dir=$2 ;;
                --version) version=$2 ;;
            esac
            shift 2
            ;;
        -h | --help) sed -n '2,/^set/s/^# \{0,1\}//p' "$0" && exit 0 ;;
        *) fail "unknown argument: $1" "run: install.sh --help" ;;
    esac
done
[ -n "$from" ] || fail "no release is published yet: name where the archives are" "run: install.sh --from URL"

case $(uname -s)-$(uname -m) in
    Linux-x86_64) target=x86_64-unknown-linux-gnu ;;
    Linux-aarch64 | Linux-arm64) target=aarch64-unknown-linux-gnu ;;
    Darwin-arm64) target=aarch64-apple-darwin ;;
    Darwin-x86_64) target=x86_64-apple-darwin ;;
    *) fail "there is no program for $(uname -s) on $(uname -m)" "build it: cargo install --path . --locked" ;;
esac

# get NAME FILE: no redirect may lead from https to http.
get() {
    case $from in
        https://*)
            if command -v curl >/dev/null; then
                curl --proto '=https' --tlsv1.2 -fsSL -o "$2" "$from/$1"
            else
                wget --https-only -q -O "$2" "$from/$1"
            fi
            ;;
        http://127.0.0.1:* | http://localhost:*)
            if command -v curl >/dev/null; then
                curl -fsS -o "$2" "$from/$1"
            else
                wget -q -O "$2" "$from/$1"
            fi
            ;;
        *://*) fail "not an https URL: $from" ;;
        *) cp "$from/$1" "$2" ;;
    esac || fail "cannot get $1 from $from"
}

sum() {
    if command -v sha256sum >/dev/null; then
        sha256sum "$1"
    else
        shasum -a 256 "$1"
    fi | cut -d' ' -f1
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM HUP

get SHA256SUMS "$work/sums"
archive=$(awk -v end="-$target.tar.gz" -v start="az-imageshare-$version" '
    { name = $2; sub(/^\*/, "", name) }
    index(name, start) == 1 && substr(name, length(name) - length(end) + 1) == end { print name }
' "$work/sums")
case $archive in
    '') fail "SHA256SUMS lists no archive ${version:+of version $version }for $target" ;;
    */*) fail "SHA256SUMS names a file outside its folder: $archive" ;;
    *"
"*) fail "SHA256SUMS lists several versions" "choose one with --version: $(echo "$archive" | tr '\n' ' ')" ;;
esac
wanted=$(awk -v name="$archive" '$2 == name || $2 == "*" name { print $1 }' "$work/sums")

get "$archive" "$work/archive"
found=$(sum "$work/archive")
[ "$found" = "$wanted" ] || fail "the checksum of $archive is wrong; nothing was installed" "  expected $wanted" "  found    $found"

mkdir "$work/unpacked"
tar -xzf "$work/archive" -C "$work/unpacked"
inside=$(echo "$work"/unpacked/az-imageshare-*)
[ -f "$inside/az-imageshare" ] || fail "$archive does not contain the program"
"$inside/az-imageshare" --version >/dev/null || fail "the program does not start on this machine; nothing was installed"

mkdir -p "$dir/bin" "$dir/share/man/man1" "$dir/share/bash-completion/completions" \
    "$dir/share/zsh/site-functions" "$dir/share/fish/vendor_completions.d"
# A program that runs keeps its old file.
cp "$inside/az-imageshare" "$dir/bin/.az-imageshare.new"
chmod 755 "$dir/bin/.az-imageshare.new"
mv -f "$dir/bin/.az-imageshare.new" "$dir/bin/az-imageshare"
cp "$inside"/man/*.1 "$dir/share/man/man1/"
cp "$inside/completions/az-imageshare.bash" "$dir/share/bash-completion/completions/az-imageshare"
cp "$inside/completions/_az-imageshare" "$dir/share/zsh/site-functions/"
cp "$inside/completions/az-imageshare.fish" "$dir/share/fish/vendor_completions.d/"

printf 'Installed %s in %s/bin.\n' "$("$dir/bin/az-imageshare" --version)" "$dir"
case :$PATH: in
    *:"$dir/bin":*) ;;
    *) printf 'Add it to your PATH: export PATH="%s/bin:$PATH"\n' "$dir" ;;
esac
