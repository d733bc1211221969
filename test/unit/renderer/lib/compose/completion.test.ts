import { describe, expect, it } from 'vitest'
import { composeSuggestions } from '../../../../../src/renderer/lib/compose/completion'
import { projectNames } from '../../../../../src/renderer/lib/compose/project-names'

const other = `
services:
  db: { image: postgres }
  cache: { image: redis }
volumes: { data: , logs: }
networks: { front: , back: }
secrets: { token: { file: ./token } }
`
const sources = {
  images: ['nginx:1.27', 'demo:latest'],
  envFiles: ['.env', 'db.env'],
  dockerfiles: ['Dockerfile.dev'],
}

/** The suggestions at the `§` of a text, or at its `|`. */
function at(marked: string) {
  const position = marked.indexOf(marked.includes('§') ? '§' : '|')
  const text = marked.slice(0, position) + marked.slice(position + 1)
  const found = composeSuggestions(text, position, { project: projectNames([other, text]), ...sources })
  return {
    labels: found?.list.map(({ label }) => label) ?? [],
    /** The text after a suggestion is chosen. */
    with: (label: string) => {
      const chosen = found?.list.find((one) => one.label === label)
      if (found === undefined || chosen === undefined) return undefined
      return text.slice(0, found.from) + chosen.insert + text.slice(found.to)
    },
  }
}

describe('keys are suggested', () => {
  it.each([
    ['in an empty file', '|', ['services', 'networks', 'volumes', 'name', 'include'], ['image', 'version']],
    ['at the top of a file', 'services: {}\nvol|', ['volumes', 'secrets'], ['services', 'image']],
    ['in a new service', 'services:\n  web:\n    |', ['image', 'build', 'ports'], ['services', 'context']],
    ['for a word', 'services:\n  web:\n    ima|', ['image'], []],
    ['between keys', 'services:\n  web:\n    image: x\n    |\n    ports: []', ['build'], ['image', 'ports']],
    ['in front of a broken line', 'services:\n  web:\n    |\n    ports: [', ['image'], []],
    ['after a block of text', 'services:\n  web:\n    command: |\n      a\n    ima§', ['image'], []],
    ['in build', 'services:\n  web:\n    build:\n      |', ['context', 'dockerfile'], ['image']],
    ['in a health check', 'services:\n  web:\n    healthcheck:\n      |', ['test', 'interval'], ['image']],
    ['in a port', 'services:\n  web:\n    ports:\n      - |', ['target', 'published'], ['image']],
    [
      'in the second line of a port',
      'services:\n  web:\n    ports:\n      - target: 80\n        |',
      ['published'],
      ['target'],
    ],
    [
      'in a mount’s options',
      'services:\n  w:\n    volumes:\n      - bind:\n          |',
      ['propagation'],
      [],
    ],
    [
      'in limits',
      'services:\n  w:\n    deploy:\n      resources:\n        limits:\n          |',
      ['cpus', 'memory'],
      [],
    ],
    ['in a network', 'networks:\n  front:\n    |', ['driver', 'ipam', 'external'], ['image']],
    ['in a volume', 'volumes:\n  data:\n    dr|', ['driver', 'driver_opts'], []],
    ['in a secret', 'secrets:\n  token:\n    |', ['file', 'environment'], []],
    ['in an include', 'include:\n  - |', ['path', 'project_directory'], []],
    ['in braces', 'services: { web: { ima| } }', ['image'], []],
    ['in braces after a comma', 'services: { web: { image: x, po| } }', ['ports'], ['image']],
    ['in the second document', 'services: {}\n---\nservices:\n  web:\n    |', ['image'], []],
    ['with CRLF', 'services:\r\n  web:\r\n    ima|\r\n', ['image'], []],
    ['on an existing key', 'services:\n  web:\n    ima|ge: x', ['image', 'build'], []],
    ['below a merge', 'x-a: &a { image: x }\nservices:\n  web:\n    <<: *a\n    |', ['build'], []],
  ])('%s', (_title, marked, present, absent) => {
    const { labels } = at(marked)
    expect(labels).toEqual(expect.arrayContaining(present))
    for (const label of absent) expect(labels).not.toContain(label)
  })

  it.each([
    ['in a comment', 'services:\n  web:\n    # ima|'],
    ['as a name of a service', 'services:\n  w|'],
    ['as a name of a variable', 'services:\n  web:\n    environment:\n      D|'],
    ['in a block of text', 'services:\n  web:\n    command: >-\n      ima|'],
    ['in an own key', 'x-own:\n  ima|'],
    ['right after a colon', 'services:\n  web:\n    image:|'],
    ['for an anchor', 'services:\n  web: &w|'],
  ])('nowhere %s', (_title, marked) => {
    expect(at(marked).labels).toEqual([])
  })

  it('with what belongs after them', () => {
    const service = (rest: string) => `services:\n  web:\n    ${rest}`
    expect(at(service('im|')).with('image')).toBe(service('image: '))
    expect(at(service('po|')).with('ports')).toBe(service('ports:\n  - '))
    expect(at(service('he|')).with('healthcheck')).toBe(service('healthcheck:\n  '))
    expect(at(service('en|')).with('environment')).toBe(service('environment:\n  '))
    expect(at(service('de|')).with('depends_on')).toBe(service('depends_on:\n  - '))
    expect(at(service('ima|ge: x')).with('build')).toBe(service('build: x'))
    expect(at('services: { web: { po| } }').with('ports')).toBe('services: { web: { ports:  } }')
  })
})

describe('values are suggested', () => {
  const service = (rest: string) => `services:\n  web:\n    ${rest}`
  it.each([
    ['a choice of the schema', service('depends_on:\n      db:\n        condition: |'), 'service_healthy'],
    ['true or false', service('privileged: t|'), 'true'],
    ['a policy', service('restart: |'), 'unless-stopped'],
    ['a word in quotes', service('restart: "un|"'), 'unless-stopped'],
    ['a value on its own line', service('restart:\n      al|'), 'always'],
    ['a local image', service('image: ng|'), 'nginx:1.27'],
    ['an image with a tag', service('image: nginx:1|'), 'nginx:1.27'],
    ['a file with variables', service('env_file: |'), 'db.env'],
    ['a file in a list', service('env_file:\n      - |'), '.env'],
    ['a Dockerfile', service('build:\n      dockerfile: D|'), 'Dockerfile.dev'],
    ['a capability', service('cap_add: [NET|]'), 'NET_ADMIN'],
    ['an action of watch', service('develop:\n      watch:\n        - action: |'), 'sync+restart'],
    ['a driver of a network', 'networks:\n  a:\n    driver: |', 'macvlan'],
    ['a service to wait for', service('depends_on:\n      - |'), 'db'],
    ['a service to wait for, in brackets', service('depends_on: [db, |]'), 'cache'],
    ['a service of this file', `${service('depends_on: [w|]')}\n  worker: {}`, 'worker'],
    ['a service as a key', service('depends_on:\n      |'), 'cache'],
    ['a network', service('networks:\n      - |'), 'front'],
    ['a network as a key', service('networks:\n      front:\n      b|'), 'back'],
    ['a volume', service('volumes:\n      - d|'), 'data'],
    ['a volume as source', service('volumes:\n      - type: volume\n        source: |'), 'logs'],
    ['a secret', service('secrets: [|]'), 'token'],
    ['a service’s network', service('network_mode: service:|'), 'service:db'],
  ])('%s', (_title, marked, label) => {
    expect(at(marked).labels).toContain(label)
  })

  it('never a service for itself, and no name twice', () => {
    expect(at(service('depends_on: [|]')).labels).toEqual(['db', 'cache'])
    expect(at(service('depends_on:\n      db: { condition: service_healthy }\n      |')).labels).toEqual([
      'cache',
    ])
  })

  it('nothing for variables and names of users', () => {
    expect(at(service('environment:\n      DEBUG: |')).labels).toEqual([])
    expect(at(service('container_name: |')).labels).toEqual([])
  })

  it('with the rest of a mount', () => {
    expect(at(service('volumes:\n      - da|')).with('data')).toBe(service('volumes:\n      - data:/'))
  })
})

it('every position of a file gives an answer', () => {
  const text = `# comment\nname: demo\nservices:\n  web: &web\n    image: "nginx:\${TAG}" # why\n    ports: ["80:80", { target: 1 }]\n    command: |-\n      a: b\n  other:\n    <<: *web\n    depends_on: { web: { condition: service_healthy } }\n`
  for (let position = 0; position <= text.length; position++)
    expect(() =>
      composeSuggestions(text, position, { project: projectNames([text]), ...sources }),
    ).not.toThrow()
})
