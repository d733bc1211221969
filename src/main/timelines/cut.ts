/** A label is shown in one line. */
const labelUnits = 120
/** A client may send a name or an image of any length. The engine accepts shorter ones. */
const nameUnits = 512

export function cutLabel(text: string): string {
  return cut(text, labelUnits)
}

export function cutName(text: string): string {
  return cut(text, nameUnits)
}

function cut(text: string, units: number): string {
  return text.length > units ? `${text.slice(0, units - 1)}…` : text
}
