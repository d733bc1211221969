/** Something that the palette can find: an object, a page or a command without an object. */
export interface PaletteEntry {
  /** Unique and lasting, such as `container:web`. The palette remembers it for the recent entries. */
  key: string
  kind: string
  label: string
  /** What else the entry is known by, such as an image or an id. */
  detail: string
  /** Ranks entries that match equally well: entries with a higher weight come first. */
  weight: number
}

/** A command of a kind of objects, as the palette finds it. */
export interface PaletteAction {
  id: string
  kind: string
  label: string
}

/** An entry, or an action on an entry. */
export interface PaletteResult<E extends PaletteEntry> {
  entry: E
  actionId?: string
}

interface Indexed<E extends PaletteEntry> {
  entry: E
  label: string
  detail: string
}
/** The entries in lower case. Making this index takes longer than a search. */
export type PaletteIndex<E extends PaletteEntry> = readonly Indexed<E>[]

/** How well a word matches. Each kind of match is worth more than all recency and weight together. */
const worth = { whole: 1000, start: 800, wordStart: 600, inside: 400, detail: 200, letters: 50 }
const mostRecentWorth = 60
const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' })

function fold(text: string): string {
  return text.normalize('NFC').toLocaleLowerCase()
}

export function paletteIndex<E extends PaletteEntry>(entries: readonly E[]): PaletteIndex<E> {
  return entries.map((entry) => ({ entry, label: fold(entry.label), detail: fold(entry.detail) }))
}

function isWordStart(text: string, at: number): boolean {
  return at > 0 && /[^\p{L}\p{N}]/u.test(text[at - 1] ?? '')
}

/** Returns true if the letters of the word are in the text in this order, such as `ngx` in `nginx`. */
function hasLetters(text: string, word: string): boolean {
  let at = 0
  for (const letter of word) {
    at = text.indexOf(letter, at) + 1
    if (at === 0) return false
  }
  return true
}

/** The length from which a word may match by its letters. A shorter word would match nearly everything. */
const lettersFrom = 3

/** Says how well a word matches an entry; 0 if it does not. */
function wordWorth(word: string, { label, detail }: Pick<Indexed<PaletteEntry>, 'label' | 'detail'>): number {
  const at = label.indexOf(word)
  if (at === 0) return label.length === word.length ? worth.whole : worth.start
  if (at > 0) {
    // A later occurrence may begin a word, as in `myapp-app`.
    for (let next = at; next !== -1; next = label.indexOf(word, next + 1))
      if (isWordStart(label, next)) return worth.wordStart
    return worth.inside
  }
  if (detail.includes(word)) return worth.detail
  return word.length >= lettersFrom && hasLetters(label, word) ? worth.letters : 0
}

function entryWorth(words: readonly string[], indexed: Indexed<PaletteEntry>): number {
  let sum = 0
  for (const word of words) {
    const value = wordWorth(word, indexed)
    if (value === 0) return 0
    sum += value
  }
  return words.length === 0 ? 0 : sum / words.length
}

/** Returns true if each word begins a word of the label, such as `rest` for `Restart`. */
function namesAction(words: readonly string[], label: string): boolean {
  const parts = fold(label).split(/\s+/)
  return words.every((word) => parts.some((part) => part.startsWith(word)))
}

/** The ways to read a query as an action and an object: `stop web`, and as in Korean, `web 중지`. */
function splits(words: readonly string[]): { action: string[]; object: string[] }[] {
  return words.slice(1).flatMap((_, index) => [
    { action: words.slice(0, index + 1), object: words.slice(index + 1) },
    { action: words.slice(index + 1), object: words.slice(0, index + 1) },
  ])
}

interface Scored<E extends PaletteEntry> extends PaletteResult<E> {
  worth: number
}

function better<E extends PaletteEntry>(a: Scored<E>, b: Scored<E>): number {
  return (
    b.worth - a.worth ||
    a.entry.label.length - b.entry.label.length ||
    collator.compare(a.entry.label, b.entry.label)
  )
}

/** Returns the entries and actions that a query finds, the best first, at most `limit`. */
export function searchPalette<E extends PaletteEntry>(options: {
  query: string
  index: PaletteIndex<E>
  actions: readonly PaletteAction[]
  /** Returns false for an action that an entry does not offer now. */
  offers: (actionId: string, entry: E) => boolean
  /** The keys of the entries that the user has chosen last, newest first. */
  recent: readonly string[]
  limit: number
}): PaletteResult<E>[] {
  const { query, index, actions, offers, recent, limit } = options
  const words = fold(query)
    .split(/\s+/)
    .filter((word) => word !== '')
  const ages = new Map(recent.map((key, age) => [key, age]))
  const rank = ({ key, weight }: E): number => {
    const age = ages.get(key)
    return weight + (age === undefined ? 0 : mostRecentWorth - age)
  }
  const scored: Scored<E>[] = []
  for (const indexed of index) {
    const value = entryWorth(words, indexed)
    if (value > 0) scored.push({ entry: indexed.entry, worth: value + rank(indexed.entry) })
  }
  const found = new Map<string, Scored<E>>()
  for (const split of splits(words)) {
    const named = actions.filter(({ label }) => namesAction(split.action, label))
    const kinds = new Set(named.map(({ kind }) => kind))
    if (kinds.size === 0) continue
    const objects: Scored<E>[] = []
    for (const indexed of index) {
      if (!kinds.has(indexed.entry.kind)) continue
      const value = entryWorth(split.object, indexed)
      if (value > 0) objects.push({ entry: indexed.entry, worth: value + rank(indexed.entry) })
    }
    for (const object of objects.sort(better).slice(0, limit))
      for (const { id, kind } of named) {
        if (kind !== object.entry.kind || !offers(id, object.entry)) continue
        const key = `${object.entry.key} ${id}`
        if ((found.get(key)?.worth ?? 0) < object.worth) found.set(key, { ...object, actionId: id })
      }
  }
  return [...scored, ...found.values()]
    .sort(better)
    .slice(0, limit)
    .map(({ entry, actionId }) => (actionId === undefined ? { entry } : { entry, actionId }))
}
