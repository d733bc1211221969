import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface KeyPair {
  /** The certificate in PEM format. */
  certificate: string
  key: string
}

function openssl(folder: string, ...args: string[]): void {
  execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' })
}

function inFolder<T>(work: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'berth-certificates-'))
  try {
    return work(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']

/** Makes a certificate authority that is valid for a day. Needs the package openssl. */
export function certificateAuthority(name: string): KeyPair {
  return inFolder((folder) => {
    openssl(
      folder,
      'req',
      '-x509',
      ...newKey,
      '-keyout',
      'key',
      '-out',
      'crt',
      '-days',
      '1',
      '-subj',
      `/CN=${name}`,
    )
    return {
      certificate: readFileSync(join(folder, 'crt'), 'utf8'),
      key: readFileSync(join(folder, 'key'), 'utf8'),
    }
  })
}

/** Makes a server's certificate for an address, signed by `authority`. */
export function serverCertificate(authority: KeyPair, address: string): KeyPair {
  return inFolder((folder) => {
    writeFileSync(join(folder, 'ca.crt'), authority.certificate)
    writeFileSync(join(folder, 'ca.key'), authority.key)
    writeFileSync(join(folder, 'ext'), `subjectAltName=IP:${address}\n`)
    openssl(folder, 'req', ...newKey, '-keyout', 'key', '-out', 'csr', '-subj', `/CN=${address}`)
    openssl(
      folder,
      ...['x509', '-req', '-in', 'csr', '-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial'],
      ...['-out', 'crt', '-days', '1', '-extfile', 'ext'],
    )
    return {
      certificate: readFileSync(join(folder, 'crt'), 'utf8'),
      key: readFileSync(join(folder, 'key'), 'utf8'),
    }
  })
}
