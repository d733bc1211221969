import { applyFlags } from './apply-flags'
import type { ReadResult } from './read-result'
import { RequestDraft } from './request-draft'
import { runArguments, splitArguments } from './run-arguments'
import { asWritten, type PastedCommand, type PastedWord, readShellText } from './shell-text'

/**
 * Reads a `docker run` or `docker create` line with the rules of the Docker CLI. Also reads the lines of podman and
 * nerdctl, which have the same flags. `folder` is the folder of relative paths; empty if it is not known.
 */
export function readRunLine(text: string, folder: string): ReadResult {
  const read = readShellText(text)
  if ('problem' in read) return { ...read, subject: text.charAt(read.start) }
  if (read.commands.length === 0) return { problem: 'empty', subject: '', start: 0, end: 0 }
  const position = read.commands.findIndex(({ words }) => runArguments(words) !== undefined)
  const found = runArguments(read.commands[position]?.words ?? [])
  const [first] = read.commands[0]?.words ?? []
  if (found === undefined)
    return {
      problem: 'notRun',
      subject: asWritten(first?.text ?? ''),
      start: first?.start ?? 0,
      end: first?.end ?? 0,
    }
  const parsed = splitArguments(found.words, text)
  if ('problem' in parsed) return parsed
  if (parsed.image === undefined)
    return { problem: 'missingImage', subject: '', start: text.trimEnd().length, end: text.length }
  const draft = new RequestDraft(folder)
  const applied = applyFlags(draft, parsed.flags)
  if (applied !== undefined) return applied
  const { spec } = draft
  spec.image = draft.inFolder(parsed.image.text)
  spec.command = parsed.command.map((word) => draft.inFolder(word.text))
  draft.notTaken.unshift(...found.notTaken)
  draft.notTaken.push(...besides(read.commands, position, text))
  return draft.command(read.variables)
}

/** The most characters of another command in the list of what is not taken over. */
const shownLength = 200

/** Returns what a shell does with a run besides it: redirections, pipes, and further runs. */
function besides(commands: readonly PastedCommand[], position: number, text: string): string[] {
  const written = (words: readonly PastedWord[]) =>
    text.slice(words[0]?.start, words.at(-1)?.end).replaceAll(/\s+/g, ' ').slice(0, shownLength)
  const run = commands[position]
  const source = run?.isPiped === true ? commands[position - 1] : undefined
  const later = commands.slice(position + 1)
  const unpiped = later.findIndex(({ isPiped }) => !isPiped)
  const pipes = unpiped === -1 ? later : later.slice(0, unpiped)
  return [
    ...(source === undefined ? [] : [`${written(source.words)} |`]),
    ...(run?.words ?? []).filter(({ isRedirection }) => isRedirection === true).map((one) => written([one])),
    ...pipes.map(({ words }) => `| ${written(words)}`),
    ...later
      .slice(pipes.length)
      .filter(({ words }) => runArguments(words) !== undefined)
      .map(({ words }) => written(words)),
  ]
}
