/**
 * A certificate file as PEM text. Windows and macOS export the bare DER (X.690: a SEQUENCE, 0x30, which begins no
 * PEM text) unless they are told otherwise.
 */
export function pemText(file: Uint8Array): string {
  if (file[0] !== 0x30) return new TextDecoder().decode(file)
  const lines = toBase64(file).match(/.{1,64}/g) ?? []
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n')
}

function toBase64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
}
