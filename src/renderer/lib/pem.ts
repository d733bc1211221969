/**
 * Returns the content of a certificate file as PEM text. Windows and macOS export DER by default, so this function
 * converts DER to PEM. DER begins with the tag of a SEQUENCE (0x30, X.690), and PEM text never begins with that byte.
 */
export function pemText(file: Uint8Array): string {
  if (file[0] !== 0x30) return new TextDecoder().decode(file)
  const lines = toBase64(file).match(/.{1,64}/g) ?? []
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n')
}

function toBase64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
}
