import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const repository = fileURLToPath(new URL('../../../', import.meta.url))

/** A path in backticks must exist if it begins with one of these folders. `bench/NAME.ts` is only a placeholder. */
const namedPath = /^(?:src|test|bench|vm-assets|docs|scripts)\/[\w./@{},-]*$/
const placeholder = /NAME|NNN/

/** All Markdown files, including those that are not committed yet. */
function documents(): string[] {
  const output = execFileSync(
    'git',
    ['ls-files', '--cached', '--others', '--exclude-standard', '--', '*.md'],
    { cwd: repository, encoding: 'utf8' },
  )
  return output.split('\n').filter((path) => path !== '' && existsSync(join(repository, path)))
}

/** The links and paths in a document that lead to nothing. `path` is relative to the repository. */
function brokenReferences(path: string, text: string): string[] {
  const prose = text.replace(/^```[\s\S]*?^```/gm, '')
  const folder = dirname(join(repository, path))
  return [
    ...links(prose).filter((target) => !linkExists(target, folder, text)),
    ...codeSpans(prose)
      .filter((span) => namedPath.test(span) && !placeholder.test(span))
      .flatMap(expandBraces)
      .filter((span) => !existsSync(join(repository, span)))
      .map((span) => `\`${span}\``),
  ]
}

/** Targets of `[text](target)` and `![text](target)` that are not on the web. */
function links(prose: string): string[] {
  const withoutCode = prose.replace(/`[^`\n]*`/g, 'code')
  return [...withoutCode.matchAll(/\]\(([^()\s]+)\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z]+:/.test(target))
}

function linkExists(target: string, folder: string, ownText: string): boolean {
  const [file = '', anchor] = target.split('#')
  const path = resolve(folder, decodeURI(file))
  if (file !== '' && !existsSync(path)) return false
  if (anchor === undefined) return true
  return anchors(file === '' ? ownText : readFileSync(path, 'utf8')).includes(anchor)
}

/** The anchors that GitHub gives the headings of a document. */
function anchors(text: string): string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  )
}

function codeSpans(prose: string): string[] {
  return [...prose.matchAll(/`([^`\n]+)`/g)].map(([, span = '']) => span)
}

/** `a/{b,c}/d` names two paths. */
function expandBraces(path: string): string[] {
  const [whole, names] = /\{([^{}]*)\}/.exec(path) ?? []
  if (whole === undefined || names === undefined) return [path]
  return names.split(',').flatMap((name) => expandBraces(path.replace(whole, name)))
}

describe('the documents', () => {
  it.each(documents())('%s has no broken links or paths', (path) => {
    expect(brokenReferences(path, readFileSync(join(repository, path), 'utf8'))).toEqual([])
  })
})

describe('a broken reference', () => {
  it.each([
    ['a link to a missing file', '[gone](docs/gone.md)', ['docs/gone.md']],
    ['a picture that is missing', '![gone](docs/screenshots/gone.png)', ['docs/screenshots/gone.png']],
    ['a link to a missing heading', '[gone](CONTRIBUTING.md#gone)', ['CONTRIBUTING.md#gone']],
    ['a missing path in backticks', 'See `src/main/gone.ts`.', ['`src/main/gone.ts`']],
    ['one missing path of several', 'See `src/{main,gone}/`.', ['`src/gone/`']],
  ])('is found: %s', (_, text, broken) => {
    expect(brokenReferences('README.md', text)).toEqual(broken)
  })

  it.each([
    ['links that exist', '[all](docs/) [one](README.md#two-commands) [here](#here)\n\n# Here'],
    ['links to the web', '[web](https://example.com/gone.md)'],
    ['examples in a code block', '```sh\ncat `src/gone.ts`\n[gone](gone.md)\n```'],
    ['placeholders', '`bench/NAME.ts`'],
  ])('is not reported for %s', (_, text) => {
    expect(brokenReferences('README.md', text)).toEqual([])
  })
})
