/**
 * generate-constants.mjs FOLDER: writes the values of guest-constants.json into FOLDER. The name of each value comes
 * from its path: `network.nameServer` becomes NETWORK_NAME_SERVER.
 * - guest-constants.h: macros for the C programs
 * - guest-constants.sh: variables for the shell scripts
 * - guest-constants.sed: fills in the placeholders of configuration files, as in @NETWORK_NAME_SERVER@
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const folder = process.argv[2]
const source = JSON.parse(readFileSync(new URL('guest-constants.json', import.meta.url), 'utf8'))
const constants = [...flatten(source), ...segmentOptions(source.network.mtu)]

function flatten(group, prefix = '') {
  return Object.entries(group).flatMap(([key, value]) => {
    const name = prefix + key.replace(/[a-z](?=[A-Z])/g, '$&_').toUpperCase()
    return typeof value === 'object' ? flatten(value, `${name}_`) : [[name, value]]
  })
}

/**
 * Returns the bytes of a SYN that etc/berth/segments.nft replaces, and the bytes that replace them. The bytes are the
 * urgent pointer and the option for the maximum segment size. With the new urgent pointer, the sum of the bytes does
 * not change, so the packet's checksum stays correct (RFC 1071).
 */
function segmentOptions(mtu) {
  const offered = 1460
  const headers = 40
  const raised = mtu - headers
  const pointer = (offered - raised + 0xffff) % 0xffff
  const option = (urgentPointer, size) => `0x${hex(urgentPointer)}0204${hex(size)}`
  return [
    ['SEGMENT_OPTION_OFFERED', option(0, offered)],
    ['SEGMENT_OPTION_RAISED', option(pointer, raised)],
  ]
}

function hex(number) {
  return number.toString(16).padStart(4, '0')
}

function isNumber(value) {
  return typeof value === 'number' || /^0x[0-9a-f]+$/.test(value)
}

function write(name, line) {
  writeFileSync(join(folder, name), constants.map(([key, value]) => `${line(key, value)}\n`).join(''))
}

write(
  'guest-constants.h',
  (name, value) => `#define ${name} ${isNumber(value) ? value : JSON.stringify(value)}`,
)
write('guest-constants.sh', (name, value) => `${name}='${value}'`)
write('guest-constants.sed', (name, value) => `s|@${name}@|${value}|g`)
