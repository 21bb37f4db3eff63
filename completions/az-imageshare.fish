# Made by `az-imageshare completion fish`; it only asks the program.
function __az_imageshare_complete
    set -l current (commandline --current-token --cut-at-cursor)
    set -l before (commandline --current-process --tokenize --cut-at-cursor)
    command az-imageshare __complete fish "$current" (count $before) $before 2>/dev/null
end
complete --command az-imageshare --no-files --keep-order --arguments '(__az_imageshare_complete)'
