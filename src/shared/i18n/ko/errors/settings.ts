import type { ErrorTexts } from '../../texts'

export const settings = {
  'settings.broken': {
    what: '{file}의 설정을 읽을 수 없어 사용하지 않습니다.',
    todo: '이전 파일은 {kept}(으)로 보관했습니다. 파일을 고쳐서 되돌려 놓거나 설정을 다시 선택하세요.',
  },
  'settings.section-broken': {
    what: '{file}의 설정 중 올바르지 않아 사용하지 않는 부분이 있습니다: {sections}.',
    todo: '원래 파일은 {kept}(으)로 보관했습니다. 해당 설정을 고쳐서 되돌려 놓거나 다시 선택하세요.',
  },
  'settings.newer': {
    what: '{file}의 설정은 더 새로운 버전의 Berth에서 저장했습니다(형식 {version}).',
    todo: '그 버전의 Berth를 사용하거나, 파일을 옮겨 기본값으로 시작하세요.',
  },
  'settings.unreadable': {
    what: '{file}의 설정을 읽을 수 없거나, 안전한 곳에 복사할 수 없습니다: {reason}.',
    todo: '사용자에게 파일 접근 권한을 주거나, 파일을 옮겨 기본값으로 시작하세요. 그런 다음 Berth를 다시 시작하세요.',
  },
  'settings.unwritable': {
    what: '설정을 {file}에 저장하지 못했습니다. 아무것도 바뀌지 않았습니다.',
    todo: '폴더 권한과 디스크 여유 공간을 확인한 뒤 다시 시도하세요.',
  },
  'settings.over-limit': {
    what: '{field} 값을 {value}(으)로 설정할 수 없습니다. 이 컴퓨터의 최댓값은 {most}입니다.',
    todo: '더 작은 값을 선택하세요.',
  },
  'settings.disk-smaller': {
    what: '데이터 디스크의 크기가 이미 {present} GiB이므로 {size} GiB로 줄일 수 없습니다.',
    todo: '{present} GiB 이상을 선택하세요. 이 컴퓨터의 디스크 파일은 실제로 사용한 만큼만 공간을 차지합니다.',
  },
  'settings.certificate-invalid': {
    what: '인증서가 아닙니다: {reason}.',
    todo: '인증서 파일(PEM 또는 DER)을 선택하거나 “-----BEGIN CERTIFICATE-----”가 들어 있는 텍스트를 붙여 넣으세요.',
  },
  'settings.daemon-refused': {
    what: '“{key}”은(는) 설정할 수 없습니다. Berth가 엔진에 연결하지 못하게 되거나 데이터를 잃을 수 있습니다.',
    todo: 'daemon.json에서 삭제하세요.',
  },
  'settings.daemon-unknown': {
    what: '“{key}”은(는) 머신의 Docker 엔진에 없는 옵션입니다.',
    todo: '삭제하거나 고치세요. 사용할 수 있는 옵션: {known}',
  },
  'settings.daemon-type': {
    what: '“{key}”의 값이 이 Docker 엔진 옵션에 맞는 형식이 아닙니다.',
    todo: 'Docker의 daemon.json 문서에서 이 옵션을 확인하고 고치세요.',
  },
  'settings.daemon-rejected': {
    what: 'Docker 엔진이 이 설정을 받아들이지 않습니다: {reason}',
    todo: '설정을 고치세요. 엔진은 이전 설정으로 계속 실행됩니다.',
  },
  'settings.engine-restored': {
    what: 'Docker 엔진이 새 설정으로 시작되지 않았습니다: {reason}',
    todo: '엔진이 이전 설정으로 다시 실행 중입니다. 설정을 고친 뒤 다시 적용하세요.',
  },
  'settings.engine-in-swarm': {
    what: 'Docker 엔진이 스웜 모드이므로, 컨테이너를 멈추지 않고는 다시 시작할 수 없습니다.',
    todo: '설정을 적용하려면 머신을 다시 시작하세요. 이때 컨테이너가 중지됩니다.',
  },
} satisfies Partial<ErrorTexts>
