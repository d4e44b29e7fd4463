# bash completion of kubectl-sc, and of "kubectl sc" beside kubectl's own.
_kubectl_sc() {
  local IFS=$'\n' first=1 at words=() answer
  if [ "${COMP_WORDS[1]-}" = sc ] && [ "${COMP_WORDS[0]##*/}" != kubectl-sc ]; then first=2; fi
  # bash takes --for=running apart at the =, and completes what stands behind it.
  for ((at = first; at <= COMP_CWORD; at++)); do
    if [ "${COMP_WORDS[at]}" = = ] || { [ "$at" -gt "$first" ] && [ "${COMP_WORDS[at - 1]}" = = ]; }; then
      words[${#words[@]} - 1]+=${COMP_WORDS[at]}
    else
      words+=("${COMP_WORDS[at]}")
    fi
  done
  # shellcheck disable=SC2207 # a candidate on each line; the last line, :N, is for other scripts
  answer=($(kubectl-sc __completeNoDesc "${words[@]}" 2>/dev/null))
  COMPREPLY=()
  for at in "${answer[@]}"; do
    case $at in
      :[0-9]*) ;;
      *) COMPREPLY+=("$at") ;;
    esac
  done
  case ${COMPREPLY[0]-} in *= | *:) compopt -o nospace ;; esac
}
_kubectl_or_sc() {
  if [ "${COMP_WORDS[1]-}" = sc ] && [ "$COMP_CWORD" -gt 1 ]; then
    _kubectl_sc
  elif declare -F __start_kubectl >/dev/null; then
    __start_kubectl "$@"
  fi
}
complete -o default -F _kubectl_sc kubectl-sc
complete -o default -F _kubectl_or_sc kubectl
