import type { ErrorTexts } from '../../texts'

export const mounts = {
  'mounts.not-shared': {
    what: '{path}은(는) 컨테이너와 공유하는 폴더({shared}) 안에 있지 않습니다.',
    todo: 'Berth의 머신 페이지에 있는 버튼으로 해당 폴더를 공유하거나, 공유 폴더로 옮기세요.',
  },
  'mounts.temporary-folder': {
    what: '{path}은(는) 임시 파일 폴더 {folder} 안에 있으며, 이 폴더는 컨테이너와 공유되지 않습니다.',
    todo: 'Berth의 머신 페이지에 있는 버튼으로 {folder}을(를) 공유한 뒤 다시 시도하세요. 터미널에서는 다음 명령을 사용하세요: {command}',
  },
  'mounts.link-not-shared': {
    what: '{path}은(는) {target}(으)로 연결되며, 이 위치는 컨테이너와 공유하는 폴더({shared}) 안에 있지 않습니다.',
    todo: '설정에서 {target}이(가) 있는 폴더를 공유하거나, 다른 경로를 마운트하세요.',
  },
  'mounts.broken-link': {
    what: '{path}은(는) 존재하지 않는 {target}을(를) 가리키는 심볼릭 링크입니다.',
    todo: '링크가 가리키는 파일을 복원하거나, 다른 경로를 마운트하세요.',
  },
  'mounts.network-path': {
    what: '{path}은(는) 네트워크 경로입니다. 이 컴퓨터의 폴더만 컨테이너와 공유할 수 있습니다.',
    todo: '폴더를 이 컴퓨터의 드라이브로 복사하세요.',
  },
  'mounts.not-absolute': {
    what: '“{path}”은(는) 이 컴퓨터의 전체 경로가 아닙니다.',
    todo: '드라이브 또는 /부터 시작하는 전체 경로를 입력하세요.',
  },
  'mounts.system-folder': {
    what: '{path}은(는) 공유할 수 없습니다. 머신이 그 경로를 직접 사용합니다.',
    todo: '그 안의 폴더나 다른 폴더를 공유하세요.',
  },
  'mounts.nested-folder': {
    what: '{path}와(과) {other}이(가) 겹칩니다. 하나가 다른 하나 안에 있거나 같은 폴더입니다.',
    todo: '바깥쪽 폴더만 공유하세요.',
  },
  'mounts.own-folder': {
    what: '{path}은(는) Berth가 키와 디스크를 보관하는 폴더이거나 그 안에 있습니다. 컨테이너에서 보이면 안 됩니다.',
    todo: '다른 폴더를 사용하세요. Berth의 폴더가 들어 있는 상위 폴더는 공유할 수 있으며, Berth의 폴더는 제외됩니다.',
  },
  'mounts.too-many-folders': {
    what: '폴더는 {most}개까지만 공유할 수 있습니다.',
    todo: '대신 여러 폴더가 들어 있는 상위 폴더를 공유하세요.',
  },
  'mounts.folder-missing': {
    what: '공유 폴더 {path}이(가) 없습니다.',
    todo: '폴더를 만들거나 드라이브를 연결하거나 공유를 해제하세요.',
  },
  'mounts.folder-unreadable': {
    what: '공유 폴더 {path}을(를) 읽을 권한이 Berth에 없습니다.',
    todo: '폴더 권한에서 접근을 허용하세요(macOS: 개인정보 보호 및 보안의 파일 및 폴더).',
  },
  'mounts.folder-in-use': {
    what: '{containers}에서 {path}을(를) 사용하고 있습니다.',
    todo: '먼저 컨테이너를 중지하세요. 그러지 않으면 파일에 접근할 수 없게 됩니다.',
  },
  'mounts.mount-failed': {
    what: '머신이 공유 폴더를 마운트하지 못했습니다: {reason}.',
    todo: '머신을 다시 시작하세요.',
  },
  'mounts.source-missing': {
    what: '이 컴퓨터에 {path}이(가) 없습니다.',
    todo: '경로를 확인하거나 먼저 폴더를 만드세요.',
  },
  'mounts.socket-missing': {
    what: '이 컴퓨터에 소켓 {path}이(가) 없습니다.',
    todo: '그 소켓을 사용하는 프로그램을 시작하거나, 프로그램이 지금 사용하는 소켓을 마운트하세요. ssh-agent는 {agent}을(를) 마운트하면 항상 이 컴퓨터의 에이전트에 연결됩니다.',
  },
  'mounts.socket-failed': {
    what: '머신이 소켓 {path}을(를) 만들지 못했습니다: {reason}.',
    todo: '머신을 다시 시작한 뒤 다시 시도하세요.',
  },
  'host-folder.no-answer': {
    what: '{path}이(가) 있는 드라이브가 응답하지 않습니다.',
    todo: '네트워크나 드라이브를 확인하거나 다른 드라이브의 폴더를 선택하세요.',
  },
  'host-folder.name': {
    what: '“{name}”은(는) 이 컴퓨터에서 폴더 이름으로 쓸 수 없습니다.',
    todo: '슬래시가 없는 다른 이름을 쓰세요. Windows에서는 : * ? " < > | 문자와 CON 같은 이름도 쓸 수 없습니다.',
  },
} satisfies Partial<ErrorTexts>
