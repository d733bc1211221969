import { expect, it } from 'vitest'
import { redacted, scrub } from '../../../../../src/main/diagnostics/bundle/scrub'

it('scrub redacts known secrets, even if they are URL-encoded or JSON-escaped', () => {
  const secret = 'p@ss "word"'
  const text = `a ${secret} b ${encodeURIComponent(secret)} c ${JSON.stringify({ x: secret })}`
  expect(scrub(text, [secret])).toBe(`a ${redacted} b ${redacted} c {"x":"${redacted}"}`)
})

it('scrub redacts all of a secret that contains another secret', () => {
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
  ['http://user:p@ss@proxy:3128', 'http://[redacted]@proxy:3128'],
  ['proxy user:pass@10.0.0.1:3128', 'proxy [redacted]@10.0.0.1:3128'],
  ['{"password":"correct horse, battery","n":1}', '{"password":"[redacted]","n":1}'],
  ['{"password":"a\\"b c","n":1}', '{"password":"[redacted]","n":1}'],
  ['{\\"passphrase\\": \\"two words\\", n}', '{\\"passphrase\\": \\"[redacted]\\", n}'],
  ["secret: 'two words' rest", "secret: '[redacted]' rest"],
  ['MYSQL_PASSWORD=a,b;c next', 'MYSQL_PASSWORD=[redacted] next'],
  ['DB_PASS=hunter2 MYSQL_PWD=hunter3', 'DB_PASS=[redacted] MYSQL_PWD=[redacted]'],
  ['"auths":{"ghcr.io":{"auth":"bWU6cGxhbnRlZA=="}}', '"auths":{"ghcr.io":{"auth":"[redacted]"}}'],
  ['AccountKey=abc/def==', 'AccountKey=[redacted]'],
  [
    'docker login --username me --password hunter2 ghcr.io',
    'docker login --username me --password [redacted] ghcr.io',
  ],
  ['pushing with dckr_pat_0123456789abcdef-', 'pushing with [redacted]'],
  ['remote ghp_0123456789abcdefghijABCDEFGHIJ012345', 'remote [redacted]'],
  ['key id AKIAIOSFODNN7EXAMPLE', 'key id [redacted]'],
  ['"cookie":"a=1; berth=planted"', '"cookie":"[redacted]"'],
  ['b3BlbnNzaC1rZXktdjEAAA\nAAC4AAAAAQAAADMAAAAL\n-----END PRIVATE KEY-----\nrest', '[redacted]\nrest'],
  ['-----BEGIN PGP PRIVATE KEY BLOCK-----\nb3Bl\n-----END PGP PRIVATE KEY BLOCK-----', '[redacted]'],
  ['cut -----BEGIN RSA PRIVATE KEY-----\nb3Bl', 'cut [redacted]'],
])('scrub redacts text that looks like a secret: %s', (text, clean) => {
  expect(scrub(text, [])).toBe(clean)
})

it('scrub leaves all other text unchanged, even if it contains a known secret of three characters', () => {
  const text =
    'the machine failed: port 5432 is taken (http://localhost:5432/x); 3 tests passed: nginx:1.27@sha256:0123 author: me'
  expect(scrub(text, ['', 'the'])).toBe(text)
})

it.each(['a', 'token', 'a.', 'QUJD\n', 'a:', 'x=', '--password '])(
  'scrub is fast for a log that repeats %j',
  (word) => {
    expect(scrub(word.repeat(200_000), ['planted']).length).toBeGreaterThan(0)
  },
)
