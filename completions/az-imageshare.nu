# Made by `az-imageshare completion nushell`; it only asks the program.
let az_imageshare_previous = ($env.config.completions.external.completer? | default null)
$env.config.completions.external.enable = true
$env.config.completions.external.completer = {|spans: list<string>|
    if ($spans | first) == "az-imageshare" {
        let words = ($spans | each {|word| $word | str trim --char '"' | str trim --char "'" })
        let at = (($words | length) - 1)
        ^az-imageshare __complete nushell ($words | last) ($at | into string) ...$words
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
