/** Maps the path of a field, such as `ports.0.hostPort`, to the key of its message under `run.problems`. */
export type RunProblems = Record<string, string>

/** The messages of the schema that are keys of texts under `run.problems`. */
const messageKeys = new Set([
  'hostname',
  'address',
  'seconds',
  'count',
  'healthCommand',
  'alias',
  'size',
  'memory',
  'cpus',
  'user',
  'label',
  'capability',
  'device',
  'permissions',
  'platform',
  'logDriver',
  'logOption',
  'restartAutoRemove',
  'duplicateNetwork',
  'networkAlone',
])

/** The message keys of fields for which the schema has no message. */
const fieldKeys = new Map([
  ['name', 'name'],
  ['environment.name', 'environmentName'],
  ['environment.value', 'environmentValue'],
  ['ports.hostPort', 'port'],
  ['ports.containerPort', 'port'],
  ['binds.hostPath', 'hostPath'],
  ['volumes.volume', 'volume'],
  ['volumes.path', 'path'],
  ['binds.path', 'path'],
  ['tmpfs.path', 'path'],
  ['workingDirectory', 'path'],
  ['networks.network', 'volume'],
  ['networks.ipv4', 'address'],
  ['networks.ipv6', 'address'],
  ['extraHosts.address', 'address'],
  ['memory', 'memory'],
])

/** Returns the key of the message for a field. Fields in different rows share the same messages. */
export function problemKey(path: string, message: string): string {
  if (message === 'duplicate-port') return 'duplicatePort'
  if (message === 'duplicate-path') return 'duplicatePath'
  if (messageKeys.has(message)) return message
  const field = path.replace(/\.\d+/, '')
  if (field === 'image')
    return message.startsWith('reference-') ? `image.${message.slice('reference-'.length)}` : 'image.grammar'
  return fieldKeys.get(field) ?? 'other'
}

/**
 * Maps the path of a schema's issue to the field of the form. `rows` has the rows of each list that the schema has
 * checked. A list that the user types as one text has one field.
 */
export function fieldOf(
  path: readonly PropertyKey[],
  rows: ReadonlyMap<string, { index: number }[]>,
): string {
  const [field, position, ...rest] = path.map(String)
  const name = field ?? ''
  const found = rows.get(name)?.[Number(position)]
  if (found !== undefined) return [name, found.index, ...rest.slice(0, 1)].join('.')
  if (name === 'logging' && position === 'options') {
    const row = rows.get('logging.options')?.[Number(rest[0])]?.index
    return ['logging.options', row, ...rest.slice(1)].join('.')
  }
  const isText = ['command', 'entrypoint', 'dns', 'capAdd', 'capDrop'].includes(name)
  return isText || position === undefined ? name : [name, position].join('.')
}
