/** Stands for a secret in a line that Berth keeps. */
const hidden = '…'

// Some lengths are bounded. Without the bounds, a text that is one very long word would take quadratic time.
const secretName = String.raw`[\w.-]{0,60}(?:pass(?:wd|word|phrase)?(?![a-z])|pwd|secret|token|credential|auth(?!ors?(?![a-z]))|api[-_]?key|access[-_]?key|private[-_]?key)[\w.-]{0,60}`
const value = String.raw`(?:"[^"]*"|'[^']*'|[^\s"'&|;]+)`

const forms: [RegExp, string][] = [
  // A user name and password in a URL. For some registries, the user name is the token.
  [/(\b[a-z][a-z0-9+.-]{0,30}:\/\/)[^\s/"']{1,500}@/gi, `$1${hidden}@`],
  [/\b(bearer|basic)\s+[\w.~+/=-]{6,}/gi, `$1 ${hidden}`],
  // `--requirepass VALUE`, `PASSWORD=VALUE` and `"password": VALUE`.
  [new RegExp(String.raw`((?<![\w.-])--?${secretName}\s+)(?!-)${value}`, 'gi'), `$1${hidden}`],
  [new RegExp(String.raw`((?<![\w.-])${secretName}["']?(?:=|:\s*))${value}`, 'gi'), `$1${hidden}`],
  // The clients of MySQL and MariaDB have the password in the same word.
  [/(\b(?:mysql|mariadb)[^|;&]{0,200}?\s-p)[^\s"'|;&]+/gi, `$1${hidden}`],
  // The hashes of passwords that `htpasswd` writes.
  [/\$(?:apr1|2[abxy]|5|6)\$[\w./$]+/g, hidden],
]
const secretFlag = new RegExp(`^--?${secretName}$`, 'i')
const wholeName = new RegExp(`^${secretName}$`, 'i')
const mysqlPassword = /^-p.+/

/** Hides what looks like a secret in a text, such as the command of a health check. */
export function hiddenText(text: string): string {
  return forms.reduce((clean, [form, replacement]) => clean.replace(form, replacement), text)
}

/** Hides what looks like a secret in the words of a command. A secret may be the word after its flag. */
export function hiddenWords(words: readonly string[]): string[] {
  const isMysql = words.some((word) => /^(?:\S*\/)?(?:mysql|mariadb)\w*$/.test(word))
  return words.map((word, index) => {
    if (secretFlag.test(words[index - 1] ?? '') && !word.startsWith('-')) return hidden
    return isMysql && mysqlPassword.test(word) ? `-p${hidden}` : hiddenText(word)
  })
}

/** Hides the value of a label whose name or value looks like a secret. */
export function hiddenPair({ name, value }: { name: string; value: string }): {
  name: string
  value: string
} {
  return { name, value: value !== '' && wholeName.test(name) ? hidden : hiddenText(value) }
}
