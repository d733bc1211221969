import { type Instruction, JSONInstruction, PropertyInstruction } from 'dockerfile-ast'
import type { CacheMiss } from '../../shared/builds'
import { argumentHash, type CacheFacts } from './cache-facts'
import { chainOf, type DockerfileParts, partsOf, type Stage } from './dockerfile'
import { remembered, textOf } from './instructions'

/** The facts of a build, with its Dockerfile read. */
export interface ReadFacts<Facts = CacheFacts> extends DockerfileParts {
  facts: Facts
}

type SettingFacts = Pick<CacheFacts, 'arguments'>

/** Something that a step runs with, such as a variable. */
interface Setting {
  /** The value, or a hash of it. Null for an argument without a value. */
  value: string | null
  /** The instruction that gives the value. */
  text: string
  /** The variables that the value contains. */
  uses: readonly string[]
}
/** The last setting of each kind and name, such as `ENV PATH`. */
type Settings = ReadonlyMap<string, Setting>

export function readFacts<Facts extends Pick<CacheFacts, 'dockerfileText'>>(facts: Facts): ReadFacts<Facts> {
  return { facts, ...partsOf(facts.dockerfileText) }
}

/** The first setting with another value, of those that BuildKit compares for an instruction of a stage. */
export function otherSetting(
  instruction: { now: Instruction; before: Instruction },
  now: ReadFacts<SettingFacts> & { stage: Stage },
  before: ReadFacts<SettingFacts> & { stage: Stage },
): CacheMiss | undefined {
  return difference(
    { settings: settingsOf(now, now.stage, instruction.now), facts: now.facts },
    { settings: settingsOf(before, before.stage, instruction.before), facts: before.facts },
  )
}

/** The first variable of a FROM with another value. */
export function otherBaseVariable(
  base: string,
  now: ReadFacts<SettingFacts>,
  before: ReadFacts<SettingFacts>,
): CacheMiss | undefined {
  const settings = (one: ReadFacts<SettingFacts>) => using(variablesIn(base), globalSettings(one))
  return difference(
    { settings: settings(now), facts: now.facts },
    { settings: settings(before), facts: before.facts },
  )
}

interface Side {
  settings: Settings
  facts: SettingFacts
}

function difference(now: Side, before: Side): CacheMiss | undefined {
  const keys = [...new Set([...now.settings.keys(), ...before.settings.keys()])]
  const differing = keys.filter(
    (key) => (now.settings.get(key)?.value ?? null) !== (before.settings.get(key)?.value ?? null),
  )
  const [first] = differing
  if (first === undefined) return undefined
  const [mine, theirs] = [now.settings.get(first), before.settings.get(first)]
  const given = (side: Side, name: string) => side.facts.arguments.find((one) => one.name === name)?.hash
  const names = differing
    .filter((key) => key.startsWith('ARG '))
    .map((key) => key.slice('ARG '.length))
    .filter((name) => given(now, name) !== given(before, name))
  const isGiven = names.some((name) => first === `ARG ${name}`)
  if (isGiven && (mine?.text === theirs?.text || mine === undefined || theirs === undefined))
    return { kind: 'arguments', names }
  return { kind: 'setting', now: mine?.text ?? null, before: theirs?.text ?? null }
}

function settingsOf(facts: ReadFacts<SettingFacts>, stage: Stage, instruction: Instruction): Settings {
  const all = chainOf(stage).flatMap(({ instructions }) => instructions)
  const globals = globalSettings(facts)
  const settings = collected(all.slice(0, all.indexOf(instruction)), facts.facts, globals)
  const keyword = instruction.getKeyword()
  if (keyword === 'RUN') {
    const isShellForm = !(instruction instanceof JSONInstruction) || instruction.getJSONStrings().length === 0
    return new Map([...settings].filter(([key]) => isShellForm || key !== 'SHELL'))
  }
  // A folder that WORKDIR makes belongs to the user.
  const user = keyword === 'WORKDIR' ? settings.get('USER') : undefined
  const used = using(variablesIn(instruction.getTextContent()), settings)
  return user === undefined ? used : new Map([...used, ['USER', user]])
}

function globalSettings({ globals, facts }: ReadFacts<SettingFacts>): Settings {
  return collected(globals, facts, new Map())
}

function collected(
  instructions: readonly Instruction[],
  facts: SettingFacts,
  globals: Settings,
): Map<string, Setting> {
  const given = new Map(facts.arguments.map(({ name, hash }) => [name, hash]))
  const settings = new Map<string, Setting>()
  for (const instruction of instructions) {
    const keyword = instruction.getKeyword()
    const text = textOf(instruction)
    if (keyword === 'USER' || keyword === 'SHELL')
      settings.set(keyword, { value: text, text, uses: variablesIn(text) })
    for (const { name, own } of propertiesOf(instruction)) {
      const key = `${keyword} ${name}`
      if (keyword === 'ENV') settings.set(key, own)
      else settings.set(key, argumentOf(name, own, given, globals.get(key)))
    }
  }
  return settings
}

/** The variables that an ENV or ARG gives values. */
export const propertiesOf = remembered((instruction): { name: string; own: Setting }[] => {
  const keyword = instruction.getKeyword()
  if ((keyword !== 'ENV' && keyword !== 'ARG') || !(instruction instanceof PropertyInstruction)) return []
  const text = textOf(instruction)
  return instruction.getProperties().map((property) => {
    const value = property.getValue()
    return { name: property.getName(), own: { value, text, uses: variablesIn(value ?? '') } }
  })
})

/** The value of an argument is the user's, or that of its instruction, or that of the ARG above the first stage. */
function argumentOf(
  name: string,
  own: Setting,
  given: ReadonlyMap<string, string>,
  global: Setting | undefined,
): Setting {
  const hash = given.get(name)
  if (hash !== undefined) return { ...own, value: hash, uses: [] }
  if (own.value !== null) return { ...own, value: argumentHash(name, own.value) }
  return global ?? own
}

/** The settings that give the variables their values, also through other variables. */
function using(variables: readonly string[], settings: Settings): Settings {
  const wanted = new Set(variables)
  const used = new Map<string, Setting>()
  for (const [key, setting] of [...settings].reverse()) {
    const [, name = ''] = key.split(' ')
    if (!wanted.has(name)) continue
    used.set(key, setting)
    for (const other of setting.uses) wanted.add(other)
  }
  return used
}

function variablesIn(text: string): string[] {
  return [...text.matchAll(/\$\{?(\w+)/g)].map(([, name = '']) => name)
}
