import type { ErrorTexts } from '../../texts'

export const isolation = {
  'isolation.unsupported': {
    what: '이 게스트 이미지는 컨테이너의 격리 상태를 표시할 수 없습니다.',
    todo: '최신 게스트 이미지를 사용하세요. 머신 페이지에 버튼이 있습니다.',
  },
  'isolation.driver': {
    what: '엔진이 {driver} 드라이버로 이미지를 저장하는데, Berth는 overlay2의 레이어만 읽을 수 있습니다.',
    todo: '파일 탭에서 컨테이너의 파일을 확인하세요.',
  },
  'isolation.no-trace': {
    what: '머신의 커널이 거부된 시스템 호출을 기록하지 못합니다.',
    todo: '최신 게스트 이미지를 사용하세요. 머신 페이지에 버튼이 있습니다.',
  },
  'isolation.too-many-processors': {
    what: '머신의 프로세서는 {most}개뿐이며, 번호는 0부터 시작합니다.',
    todo: '프로세서 수를 줄이거나 설정에서 머신에 프로세서를 더 할당하세요.',
  },
} satisfies Partial<ErrorTexts>
