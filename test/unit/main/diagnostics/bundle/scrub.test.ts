import { expect, it } from 'vitest'
import { redacted, scrub } from '../../../../../src/main/diagnostics/bundle/scrub'

it('removes known secrets, also URL-encoded and as a part of a JSON text', () => {
  const secret = 'p@ss "word"'
  const text = `a ${secret} b ${encodeURIComponent(secret)} c ${JSON.stringify({ x: secret })}`
  expect(scrub(text, [secret])).toBe(`a ${redacted} b ${redacted} c {"x":"${redacted}"}`)
})

it('leaves nothing of a secret that holds another', () => {
  expect(scrub('abcd-efgh', ['abcd', 'abcd-efgh'])).toBe(redacted)
})

it.each([
  ['http://user:pass@proxy:3128/path', 'http://[redacted]@proxy:3128/path'],
  ['https://ghp_abcdef@github.com', 'https://[redacted]@github.com'],
  ['Authorization: Bearer abc.def-123', 'Authorization: Bearer [redacted]'],
  ['POSTGRES_PASSWORD=hunter2 next', 'POSTGRES_PASSWORD=[redacted] next'],
  ['{"apiToken":"xyz","n":1}', '{"apiToken":"[redacted]","n":1}'],
  ['{\\"secret\\":\\"xyz\\"}', '{\\"secret\\":\\"[redacted]\\"}'],
  ['-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl\n-----END OPENSSH PRIVATE KEY-----\nrest', '[redacted]\nrest'],
  ['cut -----BEGIN RSA PRIVATE KEY-----\nb3Bl', 'cut [redacted]'],
])('removes what looks like one: %s', (text, clean) => {
  expect(scrub(text, [])).toBe(clean)
})

it('leaves everything else', () => {
  const text = 'the machine failed: port 5432 is taken (http://localhost:5432/x)'
  expect(scrub(text, ['', 'the'])).toBe(text)
})
