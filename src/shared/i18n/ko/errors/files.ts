import type { ErrorTexts } from '../../texts'

export const files = {
  'files.not-found': {
    what: '{path} 파일이나 폴더가 없습니다.',
    todo: '삭제되었거나 이름이 바뀌었을 수 있습니다. 폴더로 돌아가 다시 확인하세요.',
  },
  'files.not-a-folder': { what: '{path}은(는) 폴더가 아닙니다.', todo: '폴더를 선택하세요.' },
  'files.is-a-folder': {
    what: '{path}은(는) 폴더입니다.',
    todo: '파일을 선택하거나 다른 이름을 쓰세요.',
  },
  'files.not-a-file': {
    what: '{path}은(는) 장치, 파이프 또는 소켓이므로 표시할 내용이 없습니다.',
    todo: '일반 파일을 선택하세요.',
  },
  'files.exists': {
    what: '{path} 또는 새 이름의 파일이 이미 있습니다.',
    todo: '다른 이름을 쓰거나 그 파일을 먼저 삭제하세요.',
  },
  'files.read-only': {
    what: '{path}은(는) 변경할 수 없는 곳에 있습니다.',
    todo: '컨테이너, 볼륨 또는 공유 폴더가 읽기 전용입니다. 파일을 변경하려면 쓰기 가능하게 마운트하세요.',
  },
  'files.link-refused': {
    what: '{path}에 이르는 링크가 너무 많거나 커널의 링크가 들어 있습니다.',
    todo: '대상 파일을 직접 여세요. 이런 링크는 컨테이너 밖으로 이어질 수 있어 Berth가 따라가지 않습니다.',
  },
  'files.name-too-long': {
    what: '이름 또는 경로 {path}이(가) 너무 깁니다.',
    todo: '더 짧은 이름을 쓰세요. Linux에서 이름은 255바이트까지 쓸 수 있습니다.',
  },
  'files.mount-point': {
    what: '{path} 또는 그 안에 볼륨이나 공유 폴더 같은 것이 마운트되어 있습니다.',
    todo: '마운트 안에 있는 파일을 삭제하거나 이름을 바꾸세요. 삭제된 것은 없습니다.',
  },
  'files.other-mount': {
    what: '{path}을(를) 다른 볼륨이나 공유 폴더로 옮길 수 없습니다.',
    todo: '내려받은 다음 다른 곳에 올리세요.',
  },
  'files.image-folder': {
    what: '{path}은(는) 이미지에 들어 있는 폴더여서 파일 시스템이 이름을 바꾸거나 옮길 수 없습니다.',
    todo: '내려받아 새 이름으로 올린 다음 이전 폴더를 삭제하세요.',
  },
  'files.mount-missing': {
    what: '컨테이너의 볼륨이나 공유 폴더를 마운트할 수 없어 {path}을(를) 변경할 수 없습니다.',
    todo: '공유 폴더가 아직 있는지 확인하세요. 컨테이너를 한 번 시작한 다음 다시 시도하세요.',
  },
  'files.not-allowed': {
    what: '시스템이 허용하지 않아 {path}을(를) 변경하거나 열 수 없습니다.',
    todo: '보호된 파일이거나 커널의 파일일 수 있습니다.',
  },
  'files.changed': {
    what: '{path}을(를) 연 뒤에 내용이 바뀌었습니다.',
    todo: '다시 불러와서 변경하거나, 다른 변경을 덮어쓰려면 그대로 저장하세요.',
  },
  'files.cut-off': {
    what: '파일이 짧아졌거나 끝까지 읽지 못했습니다.',
    todo: '다시 시도하세요. 다른 프로그램이 파일을 쓰고 있다면 그 프로그램을 먼저 중지하세요.',
  },
  'files.container-busy': {
    what: '{path}이(가) 있는 컨테이너가 시작, 중지 또는 복사되는 중입니다.',
    todo: '잠시 후 다시 시도하세요. 바뀐 것은 없습니다.',
  },
  'files.stopped-unsupported': {
    what: '엔진의 스토리지 드라이버가 overlay2가 아니므로 중지된 컨테이너 {container}의 파일을 읽을 수 없습니다.',
    todo: '컨테이너를 시작하면 파일을 볼 수 있습니다.',
  },
  'files.volume-unsupported': {
    what: '{volume} 볼륨의 드라이버가 파일을 머신 밖에 보관합니다.',
    todo: '이 볼륨을 사용하는 실행 중인 컨테이너에서 파일을 여세요.',
  },
  'files.volume-not-mounted': {
    what: '{name} 볼륨이 지금 마운트되어 있지 않습니다.',
    todo: '이 볼륨을 사용하는 컨테이너를 시작하면 파일을 볼 수 있습니다.',
  },
  'files.failed': {
    what: '{path}에 대한 작업이 실패했습니다: {reason}.',
    todo: '원인을 해결한 뒤 다시 시도하세요.',
  },
} satisfies Partial<ErrorTexts>
