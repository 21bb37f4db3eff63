# Made by `az-imageshare completion bash`; it only asks the program.
_az_imageshare() {
    local line
    COMPREPLY=()
    while IFS= read -r line; do
        COMPREPLY+=("$line")
    done < <(command az-imageshare __complete bash "${COMP_LINE:0:COMP_POINT}" "${COMP_LINE:COMP_POINT}" \
        "$COMP_WORDBREAKS" 2>/dev/null)
    [[ ${COMPREPLY[0]} == nospace ]] && compopt -o nospace 2>/dev/null
    COMPREPLY=("${COMPREPLY[@]:1}")
}
complete -F _az_imageshare az-imageshare
