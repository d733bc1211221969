import { commandLine, type Word } from '../../shared/docker-commands/words'
import { useLineShell } from '../stores/line-shell'

/** Writes docker commands for the user's shell. */
export function useDockerLine() {
  const lineShell = useLineShell()

  function lineOf(words: readonly Word[]): string {
    return commandLine(words, lineShell.shell)
  }
  /** The tooltip of a button that asks nothing: its label, and the docker command that does the same. */
  function tooltipOf(label: string, words: readonly Word[] | undefined): string {
    return words === undefined ? label : `${label}\n${lineOf(words)}`
  }

  return { lineOf, tooltipOf }
}
