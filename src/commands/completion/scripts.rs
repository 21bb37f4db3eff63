//! The scripts. Each hands over what was typed and gets what could be at the cursor.
//!
//! They are not clap_complete's, because those lose words with blanks and everything behind `=` and `:` in bash, and
//! know no Nushell. What is said to the program and what comes back: `cli/complete/shell.rs`.

/// Bash 4 and later; 3.2, as macOS has it, is written for but was not tried.
pub(super) const BASH: &str = r#"HEAD
_az_imageshare() {
    local line
    COMPREPLY=()
    while IFS= read -r line; do
        COMPREPLY+=("$line")
    done < <(command az-imageshare ENTRY bash "${COMP_LINE:0:COMP_POINT}" "${COMP_LINE:COMP_POINT}" \
        "$COMP_WORDBREAKS" 2>/dev/null)
    [[ ${COMPREPLY[0]} == nospace ]] && compopt -o nospace 2>/dev/null
    COMPREPLY=("${COMPREPLY[@]:1}")
}
complete -F _az_imageshare az-imageshare
"#;

pub(super) const ZSH: &str = r#"#compdef az-imageshare
HEAD
_az-imageshare() {
    local -a answer closed open any_case
    answer=("${(@f)$(command az-imageshare ENTRY zsh "${(Q)PREFIX}" $((CURRENT - 1)) "${(@Q)words}" 2>/dev/null)}")
    case $answer[1] in
        :files) compset -P '*='; _files; return ;;
        :folders) compset -P '*='; _files -/; return ;;
    esac
    integer gap=${answer[(i):]}
    closed=(${answer[1,gap-1]})
    open=(${answer[gap+1,-1]})
    any_case=(-M 'm:{[:lower:][:upper:]}={[:upper:][:lower:]}')
    _describe -V az-imageshare closed $any_case -- open -S '' $any_case
}
if [[ $funcstack[1] == _az-imageshare ]]; then
    _az-imageshare "$@"
else
    compdef _az-imageshare az-imageshare
fi
"#;

/// While fish completes, its `commandline` ends at the cursor: what is behind it is not to be had.
pub(super) const FISH: &str = r#"HEAD
function __az_imageshare_complete
    set -l current (commandline --current-token --cut-at-cursor)
    set -l before (commandline --current-process --tokenize --cut-at-cursor)
    command az-imageshare ENTRY fish "$current" (count $before) $before 2>/dev/null
end
complete --command az-imageshare --no-files --keep-order --arguments '(__az_imageshare_complete)'
"#;

/// Not tried: there is no PowerShell where this was written. The version for Windows drops empty
/// arguments, so the word at the cursor is only handed over if it is there.
pub(super) const POWERSHELL: &str = r#"HEAD
Register-ArgumentCompleter -Native -CommandName 'az-imageshare' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $words = @()
    $at = 0
    foreach ($element in $commandAst.CommandElements) {
        if ($element.Extent.StartOffset -ge $cursorPosition) { break }
        if ($element.Extent.EndOffset -lt $cursorPosition) { $at++ }
        $length = [math]::Min($element.Extent.EndOffset, $cursorPosition) - $element.Extent.StartOffset
        $text = $element.Extent.Text.Substring(0, $length)
        if ($text -match '^([''"])(.*?)\1?$') { $text = $Matches[2] }
        $words += $text
    }
    & az-imageshare ENTRY powershell $at @words 2>$null | ForEach-Object {
        $value, $note = $_.Split("`t", 2)
        if (-not $note) { $note = $value }
        $text = $value
        if ($value -match '[^\w\-./:=~+%]') {
            # PowerShell takes typographic quotes for quotes, too.
            $text = "'" + [System.Management.Automation.Language.CodeGeneration]::EscapeSingleQuotedStringContent($value) + "'"
        }
        [System.Management.Automation.CompletionResult]::new($text, $value, 'ParameterValue', $note)
    }
}
"#;

pub(super) const ELVISH: &str = r#"HEAD
use str
set edit:completion:arg-completer[az-imageshare] = {|@words|
    var at = (- (count $words) 1)
    (external az-imageshare) ENTRY elvish $words[-1] $at $@words 2>/dev/null | from-lines | each {|line|
        var value @note = (str:split "\t" $line)
        var suffix = ' '
        if (or (str:has-suffix $value '=') (str:has-suffix $value '/') (str:has-suffix $value ',')) {
            set suffix = ''
        }
        var display = $value
        if (not-eq $note []) {
            set display = $value' ('$note[0]')'
        }
        edit:complex-candidate $value &code-suffix=$suffix &display=$display
    }
}
"#;

/// An external completer, because Nushell completes no flags of a command that it knows only by name;
/// one that was there before is kept. Nothing can be escaped within Nushell's single quotes.
pub(super) const NUSHELL: &str = r#"HEAD
let az_imageshare_previous = ($env.config.completions.external.completer? | default null)
$env.config.completions.external.enable = true
$env.config.completions.external.completer = {|spans: list<string>|
    if ($spans | first) == "az-imageshare" {
        let words = ($spans | each {|word| $word | str trim --char '"' | str trim --char "'" })
        let at = (($words | length) - 1)
        ^az-imageshare ENTRY nushell ($words | last) ($at | into string) ...$words
        | from json
        | each {|found|
            if $found.value =~ "'" {
                $found | update value ($found.value | to json)
            } else if $found.value =~ '[\s"`$();|#]' {
                $found | update value $"'($found.value)'"
            } else {
                $found
            }
        }
    } else if $az_imageshare_previous != null {
        do $az_imageshare_previous $spans
    }
}
"#;
