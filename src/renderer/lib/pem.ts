/**
 * The PEM text of a certificate file. By default Windows and macOS export DER, which is converted. DER begins with a
 * SEQUENCE (X.690: 0x30), and PEM text never does.
 */
export function pemText(file: Uint8Array): string {
  if (file[0] !== 0x30) return new TextDecoder().decode(file)
  const lines = toBase64(file).match(/.{1,64}/g) ?? []
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n')
}

function toBase64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
}
