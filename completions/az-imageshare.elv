# Made by `az-imageshare completion elvish`; it only asks the program.
use str
set edit:completion:arg-completer[az-imageshare] = {|@words|
    var at = (- (count $words) 1)
    (external az-imageshare) __complete elvish $words[-1] $at $@words 2>/dev/null | from-lines | each {|line|
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
