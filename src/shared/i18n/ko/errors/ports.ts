import type { ErrorTexts } from '../../texts'

export const ports = {
  'port.taken': {
    what: '{address}의 {port}/{protocol} 포트를 {owner}에서 이미 사용하고 있습니다.',
    todo: '다른 포트를 쓰거나, 이 포트를 사용하는 프로그램 또는 컨테이너를 중지하세요.',
  },
  'port.range-taken': {
    what: '{address}의 {first}-{last}/{protocol} 포트를 모두 이미 사용하고 있습니다. {port} 포트는 {owner}에서 사용합니다.',
    todo: '다른 범위를 쓰거나 그중 포트 하나를 비우세요.',
  },
  'port.address': {
    what: '{address}은(는) 이 컴퓨터의 주소가 아니므로 {port}/{protocol} 포트를 여기에 열 수 없습니다.',
    todo: '이 컴퓨터의 주소를 쓰세요. 모든 주소에 열려면 0.0.0.0을 쓰고, localhost에만 열려면 주소를 비워 두세요.',
  },
  'port.sctp': {
    what: '{port} 포트는 이 컴퓨터에 열려 있지 않습니다. SCTP는 머신으로 전달할 수 없습니다.',
    todo: '다른 컨테이너에서 사용하거나 TCP 또는 UDP 포트를 게시하세요.',
  },
  'port.forward-failed': {
    what: '{address}의 {port}/{protocol} 포트를 열지 못했습니다: {reason}.',
    todo: '다른 포트나 주소를 쓰세요.',
  },
  'port.privileged': {
    what: '{port} 포트를 열 권한이 없습니다. 이 컴퓨터에서 1024 미만의 포트는 예약되어 있습니다.',
    todo: '1024 이상의 포트를 쓰세요.',
  },
  'port.reserved': {
    what: 'Windows가 {port}/{protocol} 포트를 예약해 두었습니다.',
    todo: '다른 포트를 쓰세요. 예약된 포트는 `netsh interface ipv4 show excludedportrange {protocol}`로 볼 수 있습니다.',
  },
} satisfies Partial<ErrorTexts>
