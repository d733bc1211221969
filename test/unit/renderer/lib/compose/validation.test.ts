import { describe, expect, it } from 'vitest'
import { projectNames } from '../../../../../src/renderer/lib/compose/project-names'
import { composeProblems } from '../../../../../src/renderer/lib/compose/validation'
import { invalidComposeFiles, validComposeFiles } from '../../../../support/compose-samples'

function problems(text: string, ...others: string[]) {
  return composeProblems(text, projectNames([text, ...others]))
}
/** The problems of a text as `kind: marked text`. */
function marked(text: string, ...others: string[]) {
  return problems(text, ...others).map(({ kind, from, to }) => `${kind}: ${text.slice(from, to)}`)
}

describe('a valid file has no problem', () => {
  it.each(Object.entries(validComposeFiles))('%s', (_title, text) => {
    expect(problems(text)).toEqual([])
  })
})

describe('an invalid file has a problem', () => {
  it.each(Object.entries(invalidComposeFiles))('%s', (_title, text) => {
    expect(problems(text).filter(({ severity }) => severity === 'error')).not.toEqual([])
  })
})

describe('a problem is marked where it is', () => {
  const service = (rest: string) =>
    `services:\n  web:\n    ${rest.includes('image') ? '' : 'image: x\n    '}${rest}\n`
  it.each([
    [service('imagge: x'), ['unknownKeySimilar: imagge']],
    [service('colour: red'), ['unknownKey: colour']],
    [service('image: 5'), ['type: 5']],
    [service('image: [a]'), ['type: [a]']],
    [service('ports: 80'), ['type: 80']],
    [service('ports: ["80000:80"]'), ['port: "80000:80"']],
    [service('ports: ["http"]'), ['port: "http"']],
    [service('ports: ["9-8:80-81"]'), ['port: "9-8:80-81"']],
    [service('healthcheck: { interval: 5x }'), ['duration: 5x']],
    [service('oom_score_adj: 2000'), ['tooLarge: 2000']],
    [service('oom_score_adj: -2000'), ['tooSmall: -2000']],
    [service('pull_policy: sometimes'), ['pattern: sometimes']],
    [service('cgroup: shared'), ['choice: shared']],
    [service('dns_search: [a, b, a]'), ['repeatedItem: a']],
    [service('image: x\n    develop: { watch: [{ path: . }] }'), ['missingKey: path']],
    [service('depends_on: [db]'), ['unknownName: db']],
    [service('depends_on: { db: { condition: service_started } }'), ['unknownName: db']],
    [service('networks: [front]'), ['unknownName: front']],
    [service('secrets: [token]'), ['unknownName: token']],
    [service('volumes: ["data:/data"]'), ['unknownName: "data:/data"']],
    [service('network_mode: service:db'), ['unknownName: service:db']],
    [service('image: a\n    image: b'), ['duplicateKey: image']],
    ['version: "3"\nservices: {}\n', ['deprecated: version']],
    ['service: {}\n', ['unknownKeySimilar: service']],
    ['- a\n', ['type: - a\n']],
    ['x-a: &a [1]\nservices:\n  web:\n    image: *a\n', ['type: *a']],
    ['x-a: &a { image: x, prts: [] }\nservices:\n  web: *a\n', ['unknownKeySimilar: *a']],
    ['services:\n  a b: {}\n', ['unknownKey: a b']],
    ['services:\n  1: {}\n', ['keyType: 1']],
    ['services:\n  web: {}\n', ['noImage: {}']],
    [service('image: *x'), ['unknownAnchor: *x']],
    [service('shm_size: big'), ['size: big']],
    [service('tty: maybe'), ['type: maybe']],
    [service('network_mode: host\n    networks: [default]'), ['exclusive: image']],
  ])('%#', (text, expected) => {
    expect(marked(text)).toEqual(expected)
  })

  it('for faults of YAML, and the rest of the file is still checked', () => {
    expect(problems(service('image: "a')).map(({ kind }) => kind)).toContain('missingEnd')
    expect(problems(service('image: a: b')).map(({ kind }) => kind)).toEqual(['nested'])
    expect(problems(service('image: x\n    re\n    ports: []')).map(({ kind }) => kind)).toEqual(['noKey'])
    expect(problems('services:\n\tweb: {}').map(({ kind }) => kind)).toContain('tab')
    expect(marked(`${service('imagge: x')}  db: [\n`)).toContain('unknownKeySimilar: imagge')
  })
})

describe('a project of several files', () => {
  const base = 'services:\n  db: { image: x }\nvolumes: { data: }\n'
  const web = 'services:\n  web:\n    image: x\n    depends_on: [db]\n    volumes: ["data:/d"]\n'

  it('may name parts of its other files', () => {
    expect(problems(web).map(({ kind }) => kind)).toEqual(['unknownName', 'unknownName'])
    expect(problems(web, base)).toEqual([])
  })

  it('is not checked for names while a file is missing, broken, or includes others', () => {
    expect(problems(web, 'include: [other.yaml]\n')).toEqual([])
    expect(problems(web, 'services: [')).toEqual([])
    expect(composeProblems(web, projectNames([web, undefined]))).toEqual([])
  })
})

it('an alias that contains itself ends', () => {
  expect(() => problems('services: &a\n  web: *a\n')).not.toThrow()
})

it('names such as __proto__ are no known keys and no services', () => {
  expect(marked('__proto__: {}\n')).toEqual(['unknownKey: __proto__'])
  expect(marked('services:\n  web:\n    image: x\n    depends_on: [constructor]\n')).toEqual([
    'unknownName: constructor',
  ])
})
