# Made by `az-imageshare completion powershell`; it only asks the program.
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
    & az-imageshare __complete powershell $at @words 2>$null | ForEach-Object {
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
