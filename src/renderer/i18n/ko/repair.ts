import type { repair as en } from '../en/repair'

export const repair: typeof en = {
  title: '다른 방법이 통하지 않을 때',
  repair: '복구 …',
  repairText:
    '머신을 새로 시작하면서 디스크를 검사하고 복구합니다. 이미지, 컨테이너, 볼륨은 그대로 남습니다.',
  askRepair: '머신을 복구할까요?',
  repairDoes:
    '머신을 중지했다가 다시 시작합니다. 게스트 이미지를 다시 확인하고 데이터 디스크 전체를 검사해 복구합니다. 내용이 많으면 몇 분 걸립니다.',
  repairGoes:
    '사라지는 것: 일시 중단된 머신의 메모리(컨테이너는 새로 시작합니다), 데이터 디스크에서 복구할 수 없을 만큼 손상된 파일.',
  repairStays: '남는 것: 이미지, 컨테이너, 볼륨, 설정, 키, 로그.',
  confirmRepair: '복구',
  repaired: '머신을 복구했으며 실행 중입니다',
  reset: '초기화 …',
  resetText: '이미지, 컨테이너, 볼륨을 모두 삭제하고 빈 디스크로 시작합니다.',
  resetTitle: '공장 초기화',
  resetDescription: '삭제한 것은 되돌릴 수 없습니다. 그런 다음 머신이 빈 디스크로 시작합니다.',
  goes: '사라지는 것',
  kind: {
    images: '이미지 {count}개({bytes}) | 이미지 {count}개({bytes})',
    containers: '컨테이너 {count}개({bytes}) | 컨테이너 {count}개({bytes})',
    volumes: '볼륨 {count}개와 저장된 내용({bytes}) | 볼륨 {count}개와 저장된 내용({bytes})',
    'build-cache': '빌드 캐시 항목 {count}개({bytes}) | 빌드 캐시 항목 {count}개({bytes})',
  },
  uncounted: '모든 이미지, 컨테이너, 볼륨, 빌드 캐시. 머신이 실행 중이 아니어서 개수를 셀 수 없습니다.',
  file: '데이터 디스크 {path}(이 컴퓨터에서 {allocated} 차지)',
  saved: '일시 중단된 머신의 메모리, 머신의 키, 이전 게스트 이미지를 사용하기로 한 선택',
  stays: '남는 것',
  staysGuest: '게스트 이미지와 로그',
  staysFolders: '이 컴퓨터에 있는 내 폴더',
  staysDocker: 'Docker 컨텍스트 “berth”와 Docker 소켓',
  staysSettings: '설정과 Berth가 보관하는 레지스트리 로그인',
  settings: '설정과 로그인도 초기화',
  type: '확인하려면 ‘{word}’를 입력하세요',
  word: '초기화',
  confirmReset: '모두 삭제',
  done: 'Berth를 초기화했습니다. 머신이 빈 디스크로 실행 중입니다',
}
