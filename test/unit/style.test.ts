import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

/** Phrases that comments must not use, each with its replacement. */
const phrases: [RegExp, string][] = [
  [/\bRejects? with\b|\bFails with\b/, '@throws'],
  [/\banew\b/, 'again'],
  [/\bfor ever\b/, 'forever'],
  [/\bwhoever\b/i, 'the actor’s name'],
  [/\bgoes? on\b/, 'continue'],
]

/** The comment lines of a file, with their numbers. This simple search works for code that prettier has formatted. */
function comments(source: string): [number, string][] {
  let isBlock = false
  return source.split('\n').flatMap((line, index): [number, string][] => {
    const text = line.trim()
    const isComment = isBlock || /^(?:\/\/|\/\*|<!--)/.test(text)
    if (/^(?:\/\*|<!--)/.test(text)) isBlock = true
    if (/\*\/|-->/.test(text)) isBlock = false
    const trailing = isComment ? undefined : /\s\/\/ .*$/.exec(line)?.[0]
    return isComment || trailing !== undefined ? [[index + 1, trailing ?? text]] : []
  })
}

it('comments in src contain none of these phrases', () => {
  const files = execFileSync('git', ['ls-files', 'src'], { encoding: 'utf8' }).trim().split('\n')
  const found = files
    .filter((file) => /\.(?:ts|vue)$/.test(file))
    .flatMap((file) =>
      comments(readFileSync(file, 'utf8')).flatMap(([line, text]) =>
        phrases.flatMap(([phrase, instead]) =>
          phrase.test(text) ? [`${file}:${line}: write ${instead}: ${text}`] : [],
        ),
      ),
    )
  expect(found).toEqual([])
})
