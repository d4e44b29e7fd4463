#compdef kubectl-sc
# zsh completion of kubectl-sc, and of "kubectl sc" beside kubectl's own.
_kubectl_sc() {
  local first=2 word=${words[CURRENT]} found
  if [[ ${words[2]} == sc && ${words[1]:t} != kubectl-sc ]]; then first=3; fi
  found=(${(f)"$(kubectl-sc __completeNoDesc "${(@)words[first,CURRENT]}" 2>/dev/null)"})
  # The last line, :N, is for other scripts.
  found=(${found:#:[0-9]*})
  if [[ $word == --*=* ]]; then found=(${word%%=*}=${^found}); fi
  if (( $#found )); then compadd -a found; else _files; fi
}
_kubectl_or_sc() {
  if [[ ${words[2]} == sc ]] && (( CURRENT > 2 )); then
    _kubectl_sc
  elif (( $+functions[_kubectl] )); then
    _kubectl "$@"
  fi
}
compdef _kubectl_sc kubectl-sc
compdef _kubectl_or_sc kubectl
