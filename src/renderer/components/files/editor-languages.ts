import { StreamLanguage, type LanguageSupport, type StreamParser } from '@codemirror/language'
import { lastFileName } from '../../../shared/file-paths'

type Language = LanguageSupport | StreamLanguage<unknown>

function stream(parser: StreamParser<unknown>): Language {
  return StreamLanguage.define(parser)
}

/** The languages of the editor. Each is a script of its own, which the editor loads when it opens such a file. */
const languages = {
  json: async () => (await import('@codemirror/lang-json')).json(),
  yaml: async () => (await import('@codemirror/lang-yaml')).yaml(),
  dockerfile: async () => stream((await import('@codemirror/legacy-modes/mode/dockerfile')).dockerFile),
  shell: async () => stream((await import('@codemirror/legacy-modes/mode/shell')).shell),
  properties: async () => stream((await import('@codemirror/legacy-modes/mode/properties')).properties),
  toml: async () => stream((await import('@codemirror/legacy-modes/mode/toml')).toml),
  nginx: async () => stream((await import('@codemirror/legacy-modes/mode/nginx')).nginx),
  javascript: async () => stream((await import('@codemirror/legacy-modes/mode/javascript')).javascript),
  typescript: async () => stream((await import('@codemirror/legacy-modes/mode/javascript')).typescript),
  css: async () => stream((await import('@codemirror/legacy-modes/mode/css')).css),
  xml: async () => stream((await import('@codemirror/legacy-modes/mode/xml')).xml),
  python: async () => stream((await import('@codemirror/legacy-modes/mode/python')).python),
  ruby: async () => stream((await import('@codemirror/legacy-modes/mode/ruby')).ruby),
  perl: async () => stream((await import('@codemirror/legacy-modes/mode/perl')).perl),
  lua: async () => stream((await import('@codemirror/legacy-modes/mode/lua')).lua),
  go: async () => stream((await import('@codemirror/legacy-modes/mode/go')).go),
  rust: async () => stream((await import('@codemirror/legacy-modes/mode/rust')).rust),
  sql: async () => stream((await import('@codemirror/legacy-modes/mode/sql')).standardSQL),
  diff: async () => stream((await import('@codemirror/legacy-modes/mode/diff')).diff),
} satisfies Record<string, () => Promise<Language>>

type LanguageName = keyof typeof languages

const byEnding = new Map<string, LanguageName>([
  ['json', 'json'],
  ['yaml', 'yaml'],
  ['yml', 'yaml'],
  ['dockerfile', 'dockerfile'],
  ['containerfile', 'dockerfile'],
  ['sh', 'shell'],
  ['bash', 'shell'],
  ['zsh', 'shell'],
  ['profile', 'shell'],
  ['bashrc', 'shell'],
  ['properties', 'properties'],
  ['ini', 'properties'],
  ['env', 'properties'],
  ['cfg', 'properties'],
  ['cnf', 'properties'],
  ['conf', 'properties'],
  ['toml', 'toml'],
  ['js', 'javascript'],
  ['mjs', 'javascript'],
  ['cjs', 'javascript'],
  ['jsx', 'javascript'],
  ['ts', 'typescript'],
  ['tsx', 'typescript'],
  ['css', 'css'],
  ['html', 'xml'],
  ['htm', 'xml'],
  ['xml', 'xml'],
  ['svg', 'xml'],
  ['vue', 'xml'],
  ['py', 'python'],
  ['rb', 'ruby'],
  ['pl', 'perl'],
  ['lua', 'lua'],
  ['go', 'go'],
  ['rs', 'rust'],
  ['sql', 'sql'],
  ['diff', 'diff'],
  ['patch', 'diff'],
])

/** The language of a file by its path. Undefined for a plain text. */
export function languageName(path: string): LanguageName | undefined {
  const name = lastFileName(path).toLowerCase()
  if (/^(?:dockerfile|containerfile)\./.test(name)) return 'dockerfile'
  if (name === 'nginx.conf' || path.includes('/nginx/')) return 'nginx'
  return byEnding.get(name.slice(name.lastIndexOf('.') + 1))
}

/** Loads the language of a file. A file of an unknown language, or one without a language, is shown as plain text. */
export async function loadLanguage(path: string): Promise<Language | undefined> {
  const name = languageName(path)
  return name === undefined ? undefined : languages[name]()
}
