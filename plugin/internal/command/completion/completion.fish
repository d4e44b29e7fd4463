# fish completion of kubectl-sc, and of "kubectl sc" beside kubectl's own.
function __kubectl_sc
    set -l words (commandline -opc)
    set -e words[1]
    if test "$words[1]" = sc
        set -e words[1]
    end
    set -l word (commandline -ct)
    set -l flag (string match -r -- '^--[^=]*=' $word)
    # The last line, :N, is for other scripts.
    for found in (kubectl-sc __completeNoDesc $words $word 2>/dev/null | string match -rv '^:[0-9]+$')
        echo $flag$found
    end
end
complete -c kubectl-sc -f -a '(__kubectl_sc)'
complete -c kubectl -n 'test (count (commandline -opc)) -gt 1; and test (commandline -opc)[2] = sc' -f -a '(__kubectl_sc)'
