import type { BuildFailure, BuildMistake, BuildStep } from '../../shared/builds'

/** What Berth knows about a failed build. */
export interface FailedBuild {
  /** The message of the failed step or, without one, of buildx. */
  message: string
  step: BuildStep | undefined
  /** The end of the failed step's output. */
  output: string
  /** Whether a path exists in the build's folder on this computer. */
  exists: (path: string) => Promise<boolean>
  /** Whether a file in the build's folder has Windows line ends. */
  hasWindowsLineEnds: (path: string) => Promise<boolean>
}

type Found = NonNullable<BuildFailure['mistake']>

/** Returns the common mistake behind a failure. Null if Berth does not recognise one. */
export async function findMistake(failed: FailedBuild): Promise<Found | null> {
  const { message, output } = failed
  const text = `${message}\n${output}`
  return (await missingSource(failed)) ?? (await windowsLineEnds(failed)) ?? fromText(text) ?? null
}

/** A COPY or ADD whose source BuildKit has not received: the source does not exist, or `.dockerignore` excludes it. */
async function missingSource({ message, exists }: FailedBuild): Promise<Found | undefined> {
  const path = /"\/?([^"]+)": not found/.exec(message)?.[1]
  if (path === undefined || !/checksum|cache key|lstat|copy/i.test(message)) return undefined
  return { kind: (await exists(path)) ? 'source-ignored' : 'source-missing', subject: path }
}

/** A script with Windows line ends names the interpreter `sh\r`, which does not exist. */
async function windowsLineEnds({
  output,
  step,
  hasWindowsLineEnds,
}: FailedBuild): Promise<Found | undefined> {
  const named = /(?:env: [‘'"]?\S+\\?r|\r['’"]?: (?:not found|no such file))/i.test(output)
  const script = /([\w./-]+\.(?:sh|bash|py|rb|pl))\b/.exec(`${step?.name ?? ''} ${output}`)?.[1]
  if (script === undefined) return undefined
  const isMissing = /not found|no such file/i.test(output)
  const name = script.replace(/^\.?\//, '')
  return named || (isMissing && (await hasWindowsLineEnds(name)))
    ? { kind: 'windows-line-ends', subject: name }
    : undefined
}

/** The messages of programs and of BuildKit. Each pattern's group is the file or program that the mistake concerns. */
const patterns: [BuildMistake, RegExp][] = [
  ['dockerfile-missing', /failed to read dockerfile: open ([^:]+): no such file/],
  ['package-json-missing', /(?:ENOENT|Could not read|enoent).*?(package\.json)/],
  ['wrong-architecture', /exec (?:user process caused: )?(?:"?([^":]*)"?: )?exec format error/],
  ['image-missing', /([^\s:]+(?::[^\s:]+)?): failed to resolve source metadata/],
  ['disk-full', /(no space left on device)/],
  ['program-missing', /(?:sh|bash): (?:line \d+: |\d+: )?([\w./+-]+): (?:command )?not found/],
  ['program-missing', /exec: "([^"]+)": executable file not found/],
]

function fromText(text: string): Found | undefined {
  for (const [kind, pattern] of patterns) {
    const match = pattern.exec(text)
    if (match !== null) return { kind, subject: match[1] ?? '' }
  }
  return undefined
}
