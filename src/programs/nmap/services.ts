/**
 * Ports that nmap knows: their names and the order of how often they are found open.
 *
 * Facts as nmap 7.93 shows them: the thousand most frequent ports of each protocol in the order in which --top-ports takes
 * them, and the names in its table of services, for the well-known ports, the frequent ones and those of /etc/services.
 * Lacks: rare registered ports (they are "unknown"), SCTP.
 */

export type PortProtocol = 'tcp' | 'udp';

const FREQUENT: Readonly<Record<PortProtocol, string>> = {
	tcp: `
80 23 443 21 22 25 3389 110 445 139 143 53 135 3306 8080 1723 111 995 993 5900 1025 587 8888 199 1720 465 548 113 81
6001 10000 514 5060 179 1026 2000 8443 8000 32768 554 26 1433 49152 2001 515 8008 49154 1027 5666 646 5000 5631 631
49153 8081 2049 88 79 5800 106 2121 1110 49155 6000 513 990 5357 427 49156 543 544 5101 144 7 389 8009 3128 444 9999
5009 7070 5190 3000 5432 1900 3986 13 1029 9 5051 6646 49157 1028 873 1755 2717 4899 9100 119 37 1000 3001 5001 82
10010 1030 9090 2107 1024 2103 6004 1801 5050 19 8031 1041 255 1048 1049 1053 1054 1056 1064 1065 2967 3703 17 808
3689 1031 1044 1071 5901 100 9102 1039 2869 4001 5120 8010 9000 2105 636 1038 2601 1 7000 1066 1069 625 311 280 254
4000 1761 5003 2002 1998 2005 1032 1050 6112 3690 1521 2161 1080 6002 2401 902 4045 787 7937 1058 2383 32771 1033
1040 1059 50000 5555 10001 1494 3 593 2301 3268 7938 1022 1234 1035 1036 1037 1074 8002 9001 464 497 1935 2003 6666
6543 24 1352 3269 1111 407 500 20 2006 1034 1218 3260 15000 4444 264 33 2004 1042 42510 999 3052 1023 222 1068 888
7100 563 1717 992 2008 32770 7001 32772 2007 8082 5550 512 1043 2009 5801 1700 2701 7019 50001 4662 2065 42 2010 161
2602 3333 9535 5100 2604 4002 5002 1047 1051 1052 1055 1060 1062 1311 2702 3283 4443 5225 5226 6059 6789 8089 8192
8193 8194 8651 8652 8701 9415 9593 9594 9595 16992 16993 20828 23502 32769 33354 35500 52869 55555 55600 64623 64680
65000 65389 1067 13782 366 5902 9050 85 1002 5500 1863 1864 5431 8085 10243 45100 49999 51103 49 90 6667 1503 6881
27000 340 1500 8021 2222 5566 8088 8899 9071 1501 5102 6005 9101 9876 32773 32774 163 5679 146 648 1666 901 83 3476
5004 5214 8001 8083 8084 9207 14238 30 912 12345 2030 2605 6 541 4 1248 3005 8007 306 880 2500 1086 1088 1097 2525
4242 8291 9009 52822 900 6101 2809 7200 211 800 987 1083 12000 32775 705 711 20005 6969 13783 1045 1046 1057 1061
1063 1070 1072 1073 1075 1077 1078 1079 1081 1082 1085 1093 1094 1096 1098 1099 1100 1104 1106 1107 1108 1148 1169
1272 1310 1687 1718 1783 1840 1947 2100 2119 2135 2144 2160 2190 2260 2381 2399 2492 2607 2718 2811 2875 3017 3031
3071 3211 3300 3301 3323 3325 3351 3367 3404 3551 3580 3659 3766 3784 3801 3827 3998 4003 4126 4129 4449 5030 5222
5269 5414 5633 5718 5810 5825 5877 5910 5911 5925 5959 5960 5961 5962 5987 5988 5989 6123 6129 6156 6389 6580 6788
6901 7106 7625 7627 7741 7777 7778 7911 8086 8087 8181 8222 8333 8400 8402 8600 8649 8873 8994 9002 9010 9011 9080
9220 9290 9485 9500 9502 9503 9618 9900 9968 10002 10012 10024 10025 10566 10616 10617 10621 10626 10628 10629 11110
11967 13456 14000 14442 15002 15003 15660 16001 16016 16018 17988 19101 19801 19842 20000 20031 20221 20222 21571
22939 24800 25734 27715 28201 30000 30718 31038 32781 32782 33899 34571 34572 34573 40193 48080 49158 49159 49160
50003 50006 50800 57294 58080 60020 63331 65129 89 691 212 1001 1999 2020 32776 2998 6003 7002 50002 32 898 2033
3372 5510 99 425 749 5903 43 458 5405 6106 6502 7007 13722 1087 1089 1124 1152 1183 1186 1247 1296 1334 1580 1782
2126 2179 2191 2251 2522 3011 3030 3077 3261 3369 3370 3371 3493 3546 3737 3828 3851 3871 3880 3918 3995 4006 4111
4446 5054 5200 5280 5298 5822 5859 5904 5915 5922 5963 7103 7402 7435 7443 7512 8011 8090 8100 8180 8254 8500 8654
9091 9110 9666 9877 9943 9944 9998 10004 10778 15742 16012 18988 19283 19315 19780 24444 27352 27353 27355 32784
49163 49165 49175 50389 50636 51493 55055 56738 61532 61900 62078 1021 9040 32777 32779 616 666 700 2021 32778 84
545 1112 1524 2040 4321 5802 38292 49400 1084 1600 2048 2111 3006 32780 2638 6547 6699 9111 16080 555 667 720 801
1443 1533 2034 2106 5560 6007 1090 1091 1114 1117 1119 1122 1131 1138 1151 1175 1199 1201 1271 1862 2323 2393 2394
2608 2725 2909 3003 3168 3221 3322 3324 3390 3517 3527 3800 3809 3814 3826 3869 3878 3889 3905 3914 3920 3945 3971
4004 4005 4279 4445 4550 4567 4848 4900 5033 5061 5080 5087 5221 5440 5544 5678 5730 5811 5815 5850 5862 5906 5907
5950 5952 6025 6100 6510 6565 6566 6567 6689 6692 6779 6792 6839 7025 7496 7676 7800 7920 7921 7999 8022 8042 8045
8093 8099 8200 8290 8292 8300 8383 8800 9003 9081 9099 9200 9418 9575 9878 9898 9917 10003 10009 10180 10215 11111
12174 12265 14441 15004 16000 16113 17877 18040 18101 19350 25735 26214 27356 30951 32783 32785 40911 41511 44176
44501 49161 49167 49176 50300 50500 52673 52848 54045 54328 55056 56737 57797 60443 70 417 617 714 722 777 981 1009
2022 4224 4998 6346 301 524 668 765 1076 2041 5999 10082 259 416 1007 1417 1434 1984 2038 2068 4343 6009 7004 44443
109 687 726 911 1010 1461 2035 2046 4125 6006 7201 9103 125 481 683 903 1011 1455 2013 2043 2047 6668 6669 256 406
783 843 2042 2045 5998 9929 31337 44442 1092 1095 1102 1105 1113 1121 1123 1126 1130 1132 1137 1141 1145 1147 1149
1154 1163 1164 1165 1166 1174 1185 1187 1192 1198 1213 1216 1217 1233 1236 1244 1259 1277 1287 1300 1301 1309 1322
1328 1556 1583 1594 1641 1658 1688 1719 1721 1805 1812 1839 1875 1914 1971 1972 1974 2099 2170 2196 2200 2288 2366
2382 2557 2710 2800 2910 2920 2968 3007 3013
`,
	udp: `
631 161 137 123 138 1434 445 135 67 53 139 500 68 520 1900 4500 514 49152 162 69 5353 111 49154 1701 998 996 997 999
3283 49153 1812 136 2222 2049 32768 5060 1025 1433 3456 80 20031 1026 7 1646 1645 593 518 2048 626 1027 177 1719 427
497 4444 1023 65024 19 9 49193 1029 49 88 1028 17185 1718 49186 2000 31337 49192 49201 515 2223 443 49181 1813 120
158 49200 3703 32815 17 5000 32771 33281 1030 623 1022 32769 5632 10000 49156 49182 49191 49194 9200 30718 49185
49188 49190 49211 5001 5355 32770 34555 34861 37444 1032 3130 4045 1031 49158 49196 37 2967 4000 989 3659 4672 34862
23 49162 49187 49189 49195 2148 41524 10080 32772 407 42 33354 1034 49180 49199 1001 3389 6346 21 13 517 1068 990
1041 1045 1782 6001 19283 49171 49179 49184 49202 49205 49208 49209 49210 9876 39213 800 389 464 1036 1038 1039 1419
192 199 44968 1008 49159 49166 1024 1033 19682 22986 22 2002 664 1021 11487 49163 49165 49168 49172 58002 1043 683
1019 1044 1049 1885 3052 5093 5351 6000 7938 5500 16680 27892 32773 35777 41058 113 49160 49169 49174 52225 685 686
1047 1056 1886 6004 8193 38293 782 786 38037 32774 780 1080 32775 682 983 1014 1054 1066 2051 6970 6971 9950 781
5050 16832 16947 18449 19120 19503 19616 20019 20126 20389 21383 22846 22996 25375 27195 28547 29823 30303 30365
31073 31681 31891 33355 42172 32779 49167 49175 49198 49204 49212 49213 49215 52503 53571 5002 27015 5003 7000 513
1485 684 1037 1048 1065 1090 1761 9103 32777 539 434 767 54321 3401 112 512 1000 6347 363 32818 32931 33744 34125
34892 35438 36206 39888 40116 40441 40708 40732 40915 41081 41370 42508 45441 47624 38 776 32776 49157 49161 49170
49173 49176 49197 49207 49503 50612 51717 54281 56141 58631 58640 61370 62287 63555 64513 217 775 1012 643 687 688
829 902 959 1035 1040 1042 1064 1069 1901 2160 3702 8001 8181 9020 9199 16402 16430 16918 17091 17455 17459 17573
17615 17616 17888 17939 17989 18004 18234 18331 18360 18582 18835 18980 19017 19039 19130 19165 19197 19294 19322
19332 19489 19600 19687 19933 20004 20359 21131 21212 21261 21298 21354 21621 21803 21902 22055 22341 22692 22695
22739 22799 22914 23040 23176 23354 23531 23557 23608 23679 23781 23965 23980 24007 24279 24511 24594 24606 24644
24854 24910 25003 25157 25240 25280 25337 25462 25541 25546 25709 25931 26407 26415 26720 26872 26966 27473 27482
27707 27899 28122 28369 28465 28493 28543 28641 28840 28973 29078 29243 29256 29810 29977 30263 30544 30656 30697
30704 30975 31059 31109 31189 31195 31365 31625 31731 32345 32385 32528 1346 20 2 32780 772 1214 1993 402 773 31335
774 814 838 903 965 1007 1046 1050 1053 1055 1057 1060 1081 1100 1105 1124 1234 1804 2343 3664 6002 6050 8000 8010
9000 9001 9877 1059 1524 5555 5010 32778 27444 32798 33030 33249 33459 33717 33866 33872 34038 34079 34358 34422
34433 34570 34577 34578 34579 34580 34758 34796 34855 35702 35794 36108 36384 36458 36489 36669 36778 36893 36945
37144 37212 37393 37602 37761 37783 37813 37843 38063 38412 38498 38615 39217 39632 39683 39714 39723 40019 40539
40622 40711 40724 40805 40847 40866 41308 41446 41638 41702 41774 41896 41967 41971 42056 42313 42431 42434 42557
42577 42627 42639 43094 43195 43370 43514 43686 43824 43967 44101 44160 44179 44185 44190 44253 44334 44508 44923
44946 45247 45380 45685 45722 45818 45928 46093 46532 46836 47765 47772 47808 47915 47981 48078 48189 48255 48455
48489 48761 1484 3 1067 49155 49177 49178 49214 49216 49220 49222 49226 49259 49262 49306 49350 49360 49393 49396
49640 49968 50099 50164 50497 50708 50919 51255 51456 51554 51586 51690 51905 51972 52144 53006 53037 53589 53838
54094 54114 54711 54807 54925 55043 55544 55587 57172 57409 57410 57813 57843 57958 57977 58075 58178 58419 58797
59193 59207 59765 59846 60172 60381 60423 61024 61142 61319 61322 61412 61481 61550 61685 61961 62154 62575 62677
62699 62958 63420 64080 64481 64590 64727 1058 4666 559 3457 1455 4008 207 764 1457 639 657 689 789 826 944 1013
1020 1051 1070 1072 1087 1088 1101 1200 2161 2345 2362 3296 3343 8900 9370 16086 502 16420 16433 16449 16498 16503
16545 16548 16573 16674 16697 16700 16708 16711 16739 16766 16779 16786 16816 16829 16838 16839 16862 16896 16912
16919 16938 16939 16948 16970 16972 16974 17006 17018 17077 17101 17146 17184 17205 17207 17219 17236 17237 17282
17302 17321 17331 17332 17338 17359 17417 17423 17424 17468 17487 17490 17494 17505 17533 17549 17580 17585 17592
17605 17629 17638 17663 17673 17674 17683 17726 17754 17762 17787 17814 17823 17824 17836 17845 17946 18081 18113
18134 18156 18228 18250 18255 18258 18319 18373 18485 18543 18605 18617 18666 18669 18676 18683 18807 18818 18821
18830 18832 18869 18883 18888 18958 18985 18987 18991 18994 18996 19022 19047 19075 19096 19140 19141 19154 19161
19181 19193 19222 19227 19273 19315 19374 19415 19482 19500 19504 19541 19605 19624 19625 19632 19639 19647 19650
19660 19662 19663 19683 19695 19707 19717 19718 19719 19722 19728 19789 19792 19935 19936 19956 19995 19998 20003
20082 20117 20120 20129 20146 20154 20164 20206 20217 20249 20262 20279 20288 20309 20313 20326 20360 20366 20380
20409 20411 20423 20424 20425 20445 20449 20464 20465 20518 20522 20525 20540 20560 20665 20678 20679 20710 20717
20742 20752 20762 20791 20817 20842 20848 20851 20865 20872 20876 20884 20919 21000 21016 21060 21083 21104 21111
21167 21186 21206 21207 21247 21282 21303 21318 21320 21333 21344 21358 21360 21364 21366 21405 21454 21468 21476
21514 21524 21525 21556 21566 21568 21576 21609 21625 21644 21649 21655 21663 21674 21698 21702 21710 21742 21780
21784 21800 21834 21842 21847 21868 21898 21923 21948 21967 22029 22043 22045 22053 22105 22109 22123 22124
`
};

/** port, name, port, name … */

/** Port and name, in the order of ports: those that a port has in both protocols, and those of one. */
const NAMES: Readonly<Record<PortProtocol | 'both', string>> = {
	both: `
1 tcpmux 2 compressnet 3 compressnet 5 rje 7 echo 9 discard 11 systat 13 daytime 17 qotd 18 msp 19 chargen 20 ftp-data
21 ftp 22 ssh 23 telnet 24 priv-mail 25 smtp 27 nsw-fe 29 msg-icp 31 msg-auth 33 dsp 35 priv-print 37 time 38 rap 39
rlp 41 graphics 42 nameserver 43 whois 44 mpm-flags 45 mpm 46 mpm-snd 47 ni-ftp 48 auditd 49 tacacs 50 re-mail-ck 51
la-maint 52 xns-time 53 domain 54 xns-ch 55 isi-gl 56 xns-auth 57 priv-term 58 xns-mail 59 priv-file 61 ni-mail 62
acas 63 via-ftp 64 covia 65 tacacs-ds 66 sqlnet 67 dhcps 68 dhcpc 69 tftp 70 gopher 71 netrjs-1 72 netrjs-2 73
netrjs-3 74 netrjs-4 75 priv-dial 76 deos 77 priv-rje 78 vettcp 79 finger 80 http 81 hosts2-ns 82 xfer 83 mit-ml-dev
84 ctf 85 mit-ml-dev 86 mfcobol 88 kerberos-sec 89 su-mit-tg 90 dnsix 91 mit-dov 92 npp 93 dcp 94 objcall 95 supdup 96
dixie 97 swift-rvf 99 metagram 101 hostname 102 iso-tsap 103 gppitnp 104 acr-nema 105 csnet-ns 107 rtelnet 108 snagas
109 pop2 110 pop3 111 rpcbind 112 mcidas 114 audionews 115 sftp 116 ansanotify 117 uucp-path 118 sqlserv 119 nntp 120
cfdptkt 121 erpc 122 smakynet 123 ntp 124 ansatrader 125 locus-map 126 unitary 127 locus-con 128 gss-xlicen 129 pwdgen
130 cisco-fna 131 cisco-tna 132 cisco-sys 133 statsrv 134 ingres-net 135 msrpc 136 profile 137 netbios-ns 138
netbios-dgm 139 netbios-ssn 140 emfis-data 141 emfis-cntl 142 bl-idm 143 imap 144 news 145 uaac 146 iso-tp0 147 iso-ip
148 cronus 149 aed-512 150 sql-net 151 hems 152 bftp 153 sgmp 154 netsc-prod 155 netsc-dev 156 sqlsrv 157 knet-cmp 158
pcmail-srv 159 nss-routing 160 sgmp-traps 161 snmp 162 snmptrap 163 cmip-man 165 xns-courier 166 s-net 167 namp 168
rsvd 169 send 170 print-srv 171 multiplex 172 cl-1 173 xyplex-mux 174 mailq 175 vmnet 176 genrad-mux 177 xdmcp 178
nextstep 179 bgp 180 ris 181 unify 182 audit 183 ocbinder 184 ocserver 185 remote-kis 186 kis 187 aci 188 mumps 189
qft 191 prospero 192 osu-nms 193 srmp 194 irc 195 dn6-nlm-aud 196 dn6-smm-red 197 dls 198 dls-mon 199 smux 200 src 201
at-rtmp 202 at-nbp 203 at-3 204 at-echo 205 at-5 206 at-zis 207 at-7 208 at-8 209 tam 210 z39.50 211 914c-g 212 anet
213 ipx 214 vmpwscs 215 softpc 216 atls 217 dbase 218 mpp 219 uarps 220 imap3 221 fln-spx 222 rsh-spx 223 cdc 224
masqdialer 242 direct 243 sur-meas 244 dayna 245 link 246 dsp3270 247 subntbcst_tftp 248 bhfhs 260 openport 261
nsiiops 262 arcisdms 263 hdap 266 sst 267 td-service 268 td-replica 269 manet 270 gist 280 http-mgmt 281 personal-link
282 cableport-ax 283 rescap 284 corerjd 286 fxp 287 k-block 308 novastorbakcup 309 entrusttime 310 bhmds 311
asip-webadmin 312 vslmp 313 magenta-logic 314 opalis-robot 315 dpsi 316 decauth 317 zannet 318 pkix-timestamp 319
ptp-event 320 ptp-general 321 pip 322 rtsps 333 texar 344 pdap 345 pawserv 346 zserv 347 fatserv 348 csi-sgwp 349 mftp
350 matip-type-a 351 matip-type-b 352 dtag-ste-sb 353 ndsauth 354 bh611 355 datex-asn 356 cloanto-net-1 357 bhevent
358 shrinkwrap 359 tenebris_nts 360 scoi2odialog 361 semantix 362 srssend 363 rsvp_tunnel 364 aurora-cmgr 365 dtk 366
odmr 367 mortgageware 368 qbikgdp 369 rpc2portmap 370 codaauth2 371 clearcase 372 ulistserv 373 legent-1 374 legent-2
375 hassle 376 nip 377 tnETOS 378 dsETOS 379 is99c 380 is99s 381 hp-collector 382 hp-managed-node 383 hp-alarm-mgr 384
arns 385 ibm-app 386 asa 387 aurp 388 unidata-ldm 389 ldap 390 uis 391 synotics-relay 392 synotics-broker 393 dis 394
embl-ndt 395 netcp 396 netware-ip 397 mptn 398 kryptolan 399 iso-tsap-c2 400 work-sol 401 ups 402 genie 403 decap 404
nced 405 ncld 406 imsp 407 timbuktu 408 prm-sm 409 prm-nm 410 decladebug 411 rmt 412 synoptics-trap 413 smsp 414
infoseek 415 bnet 416 silverplatter 417 onmux 418 hyper-g 419 ariel1 420 smpte 421 ariel2 422 ariel3 423 opc-job-start
424 opc-job-track 425 icad-el 426 smartsdp 427 svrloc 428 ocs_cmu 429 ocs_amu 430 utmpsd 431 utmpcd 432 iasd 433 nnsp
434 mobileip-agent 435 mobilip-mn 436 dna-cml 437 comscm 438 dsfgw 439 dasp 440 sgcp 441 decvms-sysmgt 442 cvc_hostd
443 https 444 snpp 445 microsoft-ds 446 ddm-rdb 447 ddm-dfm 448 ddm-ssl 449 as-servermap 450 tserver 451 sfs-smp-net
452 sfs-config 453 creativeserver 454 contentserver 455 creativepartnr 456 macon 457 scohelp 458 appleqtc 459
ampr-rcmd 460 skronk 461 datasurfsrv 462 datasurfsrvsec 463 alpes 464 kpasswd5 465 smtps 466 digital-vrc 467
mylex-mapd 468 photuris 469 rcp 470 scx-proxy 471 mondex 472 ljk-login 473 hybrid-pop 475 tcpnethaspsrv 476 tn-tl-fd1
477 ss7ns 478 spsc 479 iafserver 483 ulpnet 484 integra-sme 485 powerburst 487 saft 488 gss-http 489 nest-protocol 490
micom-pfs 491 go-login 492 ticf-1 493 ticf-2 494 pov-ray 495 intecourier 496 pim-rp-disc 497 retrospect 498 siam 499
iso-ill 500 isakmp 501 stmf 502 mbap 503 intrinsa 504 citadel 505 mailbox-lm 506 ohimsrv 507 crs 508 xvttp 509 snare
510 fcp 511 passgo 515 printer 516 videotex 517 talk 518 ntalk 519 utime 521 ripng 522 ulp 523 ibm-db2 524 ncp 525
timed 526 tempo 527 stx 528 custix 529 irc 530 courier 531 conference 532 netnews 533 netwall 534 mm-admin 535 iiop
536 opalis-rdv 537 nmsp 538 gdomap 539 apertus-ldp 540 uucp 541 uucp-rlogin 542 commerce 543 klogin 544 kshell 546
dhcpv6-client 547 dhcpv6-server 548 afp 549 idfp 550 new-rwho 551 cybercash 552 deviceshare 553 pirp 554 rtsp 555 dsf
556 remotefs 557 openvms-sysipc 558 sdnskmp 559 teedtap 560 rmonitor 561 monitor 562 chshell 563 snews 564 9pfs 565
whoami 566 streettalk 567 banyan-rpc 568 ms-shuttle 569 ms-rome 570 meter 571 umeter 572 sonar 573 banyan-vip 574
ftp-agent 575 vemmi 576 ipcd 577 vnas 578 ipdd 579 decbsrv 580 sntp-heartbeat 581 bdp 582 scc-security 583 philips-vc
584 keyserver 585 imap4-ssl 586 password-chg 587 submission 588 cal 589 eyelink 590 tns-cml 591 http-alt 592
eudora-set 593 http-rpc-epmap 594 tpip 595 cab-protocol 596 smsd 597 ptcnameservice 598 sco-websrvrmg3 599 acp 600
ipcserver 601 syslog-conn 602 xmlrpc-beep 604 tunnel 605 soap-beep 606 urm 607 nqs 608 sift-uft 609 npmp-trap 610
npmp-local 611 npmp-gui 612 hmmp-ind 613 hmmp-op 614 sshell 615 sco-inetmgr 616 sco-sysmgr 617 sco-dtmgr 618 dei-icda
619 compaq-evm 620 sco-websrvrmgr 621 escp-ip 622 collaborator 624 cryptoadmin 627 passgo-tivoli 628 qmqp 629
3com-amp3 630 rda 631 ipp 632 bmpp 633 servstat 634 ginad 637 lanserver 638 mcns-sec 639 msdp 641 repcmd 642
esro-emsdp 643 sanity 644 dwr 645 pssc 646 ldp 647 dhcp-failover 648 rrp 649 cadview-3d 651 ieee-mms 652 hello-port
653 repscmd 654 aodv 655 tinc 656 spmp 657 rmc 658 tenfold 660 mac-srvr-admin 661 hap 662 pftp 663 purenoise 664
secure-aux-bus 665 sun-dr 666 doom 667 disclose 668 mecomm 669 meregister 670 vacdsm-sws 671 vacdsm-app 672 vpps-qua
673 cimplex 674 acap 675 dctp 676 vpps-via 677 vpp 678 ggf-ncp 679 mrm 680 entrust-aaas 681 entrust-aams 682 xfr 683
corba-iiop 684 corba-iiop-ssl 685 mdc-portmapper 686 hcp-wismar 687 asipregistry 688 realm-rusd 689 nmap 690 vatp 692
hyperwave-isp 693 connendp 694 ha-cluster 695 ieee-mms-ssl 696 rushd 697 uuidgen 698 olsr 699 accessnetwork 700 epp
701 lmp 702 iris-beep 704 elcsd 705 agentx 706 silc 707 borland-dsj 709 entrustmanager 710 entrust-ash 711 cisco-tdp
712 tbrpf 713 iris-xpc 714 iris-xpcs 715 iris-lwz 716 pana 729 netviewdm1 730 netviewdm2 731 netviewdm3 740 netcp 741
netgw 742 netrcs 744 flexlm 747 fujitsu-dev 748 ris-cm 749 kerberos-adm 750 kerberos 751 kadmin 752 qrh 753 rrh 758
nlogin 759 con 762 quotad 763 cycleserv 764 omserv 765 webster 767 phonebook 769 vid 770 cadlock 771 rtip 772
cycleserv2 776 wpages 777 multiling-http 780 wpgs 781 hp-collector 782 hp-managed-node 786 concert 800 mdbs_daemon 801
device 810 fcp-udp 828 itm-mcell-s 829 pkix-3-ca-ra 830 netconf-ssh 831 netconf-beep 832 netconfsoaphttp 833
netconfsoapbeep 847 dhcp-failover2 848 gdoi 860 iscsi 861 owamp-control 862 twamp-control 873 rsync 886 iclcnet-locate
887 iclcnet_svinfo 888 accessbuilder 900 omginitialrefs 910 kink 911 xact-backup 912 apex-mesh 913 apex-edge 989
ftps-data 990 ftps 991 nas 992 telnets 993 imaps 994 ircs 995 pop3s 997 maitrd 1008 ufsd 1010 surf 1021 exp1 1022 exp2
1030 iad1 1031 iad2 1032 iad3 1036 nsstp 1037 ams 1038 mtqp 1039 sbl 1041 danf-ak2 1042 afrog 1043 boinc 1044
dcutility 1045 fpitp 1046 wfremotertm 1047 neod1 1048 neod2 1049 td-postman 1051 optima-vnet 1053 remote-as 1054
brvread 1055 ansyslmd 1056 vfo 1057 startron 1058 nim 1059 nimreg 1060 polestar 1064 jstel 1065 syscomlan 1066 fpo-fns
1067 instl_boots 1068 instl_bootc 1069 cognex-insight 1070 gmrupdateserv 1072 cardax 1080 socks 1081 pvuniwien 1087
cplscrambler-in 1088 cplscrambler-al 1090 ff-fms 1100 mctp 1105 ftranhc 1124 hpvmmcontrol 1186 mysql-cluster 1194
openvpn 1433 ms-sql-s 1434 ms-sql-m 1455 esl-lm 1477 ms-sna-server 1478 ms-sna-base 1524 ingreslock 1719 h323gatestat
1782 hp-hcip 1812 radius 1862 mysql-cm-agent 1900 upnp 1993 snmp-tcp-port 2000 cisco-sccp 2002 globe 2048 dls-monitor
2049 nfs 2086 gnunet 2101 rtcm-sc104 2103 zephyr-clt 2160 apc-2160 2273 mysql-im 2382 ms-olap3 2383 ms-olap4 2393
ms-olap1 2394 ms-olap2 2430 venus 2431 venus-se 2432 codasrv 2433 codasrv-se 2460 ms-theater 2525 ms-v-worlds 2583 mon
2967 symantec-av 3132 ms-rule-engine 3205 isns 3283 netassistant 3306 mysql 3343 ms-cluster-net 3389 ms-wbt-server
3407 ldap-admin 3493 nut 3535 ms-la 3659 apple-sasl 3703 adobeserver-3 4045 lockd 4180 httpx 4444 krb524 5000 upnp
5001 commplex-link 5002 rfe 5003 filemaker 5050 mmcc 5060 sip 5061 sip-tls 5356 ms-smlbiz 5359 ms-alerter 5360
ms-sideshow 5361 ms-s-sideshow 5720 ms-licensing 6000 X11 6001 X11:1 6002 X11:2 6004 X11:4 6010 x11 6011 x11 6012 x11
6013 x11 6014 x11 6015 x11 6016 x11 6018 x11 6019 x11 6020 x11 6021 x11 6022 x11 6023 x11 6024 x11 6025 x11 6026 x11
6027 x11 6028 x11 6029 x11 6030 x11 6031 x11 6032 x11 6033 x11 6034 x11 6035 x11 6036 x11 6037 x11 6038 x11 6039 x11
6040 x11 6041 x11 6042 x11 6043 x11 6044 x11 6045 x11 6046 x11 6047 x11 6048 x11 6049 x11 6051 x11 6052 x11 6053 x11
6054 x11 6055 x11 6056 x11 6057 x11 6058 x11 6060 x11 6061 x11 6062 x11 6063 x11 6346 gnutella 6347 gnutella2 6446
mysql-proxy 7000 afs3-fileserver 7001 afs3-callback 7002 afs3-prserver 7004 afs3-kaserver 7007 afs3-bos 7787
popup-reminders 8001 vcom-tunnel 8193 sophos 8990 http-wmap 8991 https-wmap 9000 cslistener 9200 wap-wsp 9876 sd 9909
domaintime 10080 amanda 17235 ssh-mgmt 19283 keysrvr 19315 keyshadow 32769 filenet-rpc
`,
	tcp: `
15 netstat 26 rsftp 87 priv-term-l 98 linuxconf 100 newacct 106 pop3pw 113 ident 164 cmip-agent 190 gacp 256
fw1-secureremote 257 fw1-mc-fwmodule 258 fw1-mc-gui 259 esro-gen 264 bgmp 265 maybe-fw1 271 pt-tls 323 rpki-rtr 324
rpki-rtr-tls 474 tn-tl-w1 480 loadsrv 481 dvs 482 bgs-nsi 486 sstats 512 exec 513 login 514 shell 520 efs 545 ekshell
603 mnotes 623 oob-ws-http 625 apple-xsrvr-admin 626 apple-imap-admin 635 rlzdbase 636 ldapssl 640 entrust-sps 650
obex 691 resvc 723 omfs 754 krb_prop 760 krbupdate 761 kpasswd 773 submit 774 rpasswd 775 entomb 783 spamassassin 787
qsc 799 controlit 802 mbap-s 808 ccproxy-http 853 domain-s 854 dlep 871 supfilesrv 898 sun-manageconsole 901
samba-swat 902 iss-realsecure 903 iss-console-mgr 950 oftep-rpc 953 rndc 975 securenetpro-sensor 996 xtreelic 998
busboy 999 garcon 1000 cadlock 1001 webpush 1002 windows-icfw 1023 netvenuechat 1024 kdm 1025 NFS-or-IIS 1026
LSA-or-nterm 1027 IIS 1029 ms-lsa 1033 netinfo 1034 zincite-a 1035 multidropper 1040 netsaint 1050
java-or-OTGfileshare 1052 ddt 1061 kiosk 1062 veracity 1063 kyoceranetdev 1071 bsquare-voip 1073 bridgecontrol 1074
warmspotMgmt 1075 rdrmshc 1076 sns_credit 1077 imgames 1078 avocent-proxy 1079 asprovatalk 1082 amt-esd-prot 1083
ansoft-lm-1 1084 ansoft-lm-2 1085 webobjects 1086 cplscrambler-lg 1089 ff-annunc 1091 ff-sm 1092 obrpd 1093 proofd
1094 rootd 1095 nicelink 1096 cnrprotocol 1097 sunclustermgr 1098 rmiactivation 1099 rmiregistry 1102 adobeserver-1
1104 xrl 1106 isoipsigport-1 1107 isoipsigport-2 1108 ratio-adp 1110 nfsd-status 1111 lmsocialserver 1112 msql 1113
ltp-deepspace 1114 mini-sql 1117 ardus-mtrns 1119 bnetgame 1121 rmpp 1122 availant-mgr 1123 murray 1126 hpvmmdata 1127
supfiledbg 1130 casp 1131 caspssl 1132 kvm-via-ip 1137 trim 1138 encrypted_admin 1141 mxomss 1145 x9-icue 1147
capioverlan 1148 elfiq-repl 1149 bvtsonar 1151 unizensus 1152 winpoplanmess 1154 resacommunity 1163 sddp 1164
qsm-proxy 1165 qsm-gui 1166 qsm-remote 1169 tripwire 1174 fnet-remote-ui 1175 dossier 1178 skkserv 1183 llsurfup-http
1185 catchpole 1187 alias 1192 caids-sensor 1198 cajo-discovery 1199 dmidi 1201 nucleus-sand 1213 mpc-lifenet 1216
etebac5 1217 hpss-ndapi 1218 aeroflight-ads 1233 univ-appserver 1234 hotline 1236 bvcontrol 1244 isbconference1 1247
visionpyramid 1248 hermes 1259 opennl-voice 1271 excw 1272 cspmlockmgr 1277 miva-mqs 1287 routematch 1296 dproxy 1300
h323hostcallsc 1301 ci3-software-1 1309 jtag-server 1310 husky 1311 rxmon 1313 bmc_patroldb 1314 pdps 1322 novation
1328 ewall 1334 writesrv 1352 lotusnotes 1417 timbuktu-srv1 1443 ies-lm 1461 ibm_wrless_lan 1494 citrix-ica 1500
vlsi-lm 1501 sas-3 1503 imtc-mcs 1521 oracle 1533 virtual-places 1556 veritas_pbx 1580 tn-tl-r1 1583 simbaexpress 1594
sixtrak 1600 issd 1641 invision 1645 sightline 1646 sa-msg-port 1649 kermit 1658 sixnetudr 1666 netview-aix-6 1677
groupwise 1687 nsjtp-ctrl 1688 nsjtp-data 1700 mps-raft 1717 fj-hdnet 1718 h323gatedisc 1720 h323q931 1721 caicci 1723
pptp 1755 wms 1761 landesk-rc 1801 msmq 1805 enl-name 1813 radius-acct 1839 netopia-vo1 1840 netopia-vo2 1863 msnp
1864 paradym-31 1875 westell-stats 1914 elm-momentum 1935 rtmp 1947 sentinelsrm 1971 netop-school 1972 intersys-cache
1974 drp 1984 bigbrother 1998 x25-svc-port 1999 tcp-id-port 2001 dc 2003 finger 2004 mailbox 2005 deslogin 2006
invokator 2007 dectalk 2008 conf 2009 news 2010 search 2013 raid-am 2020 xinupageserver 2021 servexec 2022 down 2030
device2 2033 glogger 2034 scoremgr 2035 imsldoc 2038 objectmanager 2040 lam 2041 interbase 2042 isis 2043 isis-bcast
2045 cdfunc 2046 sdfunc 2047 dls 2065 dlsrpn 2068 avocentkvm 2099 h2250-annex-g 2100 amiganetfs 2105 eklogin 2106
ekshell 2107 msmq-mgmt 2111 kx 2119 gsigatekeeper 2121 ccproxy-ftp 2126 pktcable-cops 2135 gris 2144 lv-ffx 2161
apc-agent 2170 eyetv 2179 vmrdp 2190 tivoconnect 2191 tvbus 2200 ici 2222 EtherNetIP-1 2251 dif-port 2260 apc-2260
2288 netml 2301 compaqdiag 2323 3d-nfsd 2366 qip-login 2381 compaq-https 2399 fmpro-fdal 2401 cvspserver 2492 groove
2500 rtsserv 2522 windb 2557 nicetec-mgmt 2600 zebrasrv 2601 zebra 2602 ripd 2603 ripngd 2604 ospfd 2605 bgpd 2606
netmon 2607 connection 2608 wag-service 2628 dict 2638 sybase 2701 sms-rcinfo 2702 sms-xfer 2710 sso-service 2717
pn-requester 2718 pn-requester2 2725 msolap-ptp2 2792 f5-globalsite 2800 acc-raid 2809 corbaloc 2811 gsiftp 2869
icslap 2875 dxmessagebase2 2909 funk-dialout 2910 tdaccess 2920 roboeda 2947 gpsd 2968 enpp 2998 iss-realsec 3000 ppp
3001 nessus 3003 cgms 3005 deslogin 3006 deslogind 3007 lotusmtap 3011 trusted-web 3013 gilatskysurfer 3017
event_listener 3030 arepa-cas 3031 eppc 3050 gds_db 3052 powerchute 3071 csd-mgmt-port 3077 orbix-loc-ssl 3128
squid-http 3168 poweronnud 3211 avsecuremgmt 3221 xnm-clear-text 3260 iscsi 3261 winshadow 3268 globalcatLDAP 3269
globalcatLDAPssl 3300 ceph 3301 tarantool 3322 active-net 3323 active-net 3324 active-net 3325 active-net 3333
dec-notes 3351 btrieve 3367 satvid-datalnk 3369 satvid-datalnk 3370 satvid-datalnk 3371 satvid-datalnk 3372 msdtc 3390
dsc 3476 nppmp 3517 802-11-iapp 3527 beserver-msg-q 3551 apcupsd 3580 nati-svrloc 3632 distccd 3689 rendezvous 3690
svn 3737 xpanel 3766 sitewatch-s 3784 bfd-control 3800 pwgpsi 3801 ibm-mgr 3809 apocd 3814 neto-dcs 3826 wormux 3827
netmpi 3828 neteh 3851 spectraport 3869 ovsam-mgmt 3871 avocent-adsap 3878 fotogcad 3880 igrs 3889 dandv-tester 3905
mupdate 3914 listcrt-port-2 3918 pktcablemmcops 3920 exasoftport1 3945 emcads 3971 lanrevserver 3986 mapper-ws_ethd
3995 iss-mgmt-ssl 3998 dnx 4000 remoteanything 4001 newoak 4002 mlchat-proxy 4003 pxc-splr-ft 4004 pxc-roid 4005
pxc-pin 4006 pxc-spvr 4031 suucp 4094 sysrqd 4111 xgrid 4125 rww 4126 ddrepl 4129 nuauth 4190 sieve 4224 xtell 4242
vrml-multi-use 4279 vrml-multi-use 4321 rwhois 4343 unicall 4353 f5-iquery 4369 epmd 4373 remctl 4443 pharos 4445
upnotifyp 4446 n1-fwp 4449 privatewire 4460 ntske 4550 gds-adppiw-db 4557 fax 4559 hylafax 4567 tram 4662 edonkey 4691
mtn 4848 appserv-http 4899 radmin 4900 hfcs 4949 munin 4998 maybe-veritas 5004 avt-profile-1 5009 airport-admin 5030
surfpass 5033 jtnetd-server 5051 ida-agent 5054 rlm-admin 5080 onscreen 5087 biotic 5100 admd 5101 admdog 5102 admeng
5120 barracuda-bbs 5161 snmpssh 5162 snmpssh-trap 5190 aol 5200 targus-getdata 5221 3exmp 5222 xmpp-client 5225
hp-server 5226 hp-status 5269 xmpp-server 5280 xmpp-bosh 5298 presence 5308 cfengine 5357 wsdapi 5405 pcduo 5414
statusd 5431 park-agent 5432 postgresql 5500 hotline 5510 secureidprop 5550 sdadmind 5555 freeciv 5556 freeciv 5560
isqlplus 5566 westec-connect 5631 pcanywheredata 5633 beorl 5666 nrpe 5671 amqps 5672 amqp 5678 rrac 5679 activesync
5680 canna 5718 dpm 5725 ms-ilm 5726 ms-ilm-sts 5730 unieng 5800 vnc-http 5801 vnc-http-1 5802 vnc-http-2 5803
vnc-http-3 5859 wherehoo 5900 vnc 5901 vnc-1 5902 vnc-2 5903 vnc-3 5904 ag-swim 5906 rpas-c2 5907 dsd 5910 cm 5911
cpdlc 5963 indy 5987 wbem-rmi 5988 wbem-http 5989 wbem-https 5998 ncd-diag 5999 ncd-conf 6003 X11:3 6005 X11:5 6006
X11:6 6007 X11:7 6009 X11:9 6059 X11:59 6100 synchronet-db 6101 backupexec 6106 isdninfo 6112 dtspc 6123
backup-express 6379 redis 6389 clariion-evr01 6444 sge_qmaster 6445 sge_execd 6502 netop-rc 6510 mcer-port 6514
syslog-tls 6543 mythtv 6547 powerchuteplus 6566 sane-port 6567 esp 6580 parsec-master 6666 irc 6667 irc 6668 irc 6669
irc 6689 tsa 6697 ircs-u 6699 napster 6788 smc-http 6789 ibm-db2-admin 6881 bittorrent-tracker 6901 jetstream 6969
acmsoda 7019 doceri-ctl 7025 vmsvc-2 7070 realserver 7100 font-service 7200 fodms 7201 dlip 7402 rtps-dd-mt 7443
oracleas-https 7627 soap-http 7676 imqbrokerd 7741 scriptview 7777 cbt 7778 interwise 7800 asr 7937 nsrexecd 7938
lgtomapper 7999 irdmi2 8000 http-alt 8002 teradataordbms 8007 ajp12 8008 http 8009 ajp13 8010 xmpp 8021 ftp-proxy 8022
oa-system 8042 fs-agent 8080 http-proxy 8081 blackice-icecap 8082 blackice-alerts 8083 us-srv 8084 websnp 8086 d-s-n
8087 simplifymedia 8088 radan-http 8090 opsmessaging 8100 xprint-server 8140 puppet 8181 intermapper 8192 sophos 8194
sophos 8200 trivnet1 8292 blp3 8300 tmi 8333 bitcoin 8383 m2mservices 8400 cvd 8402 abarsd 8443 https-alt 8500 fmtp
8600 asterix 8800 sunwebadmin 8873 dxspider 8888 sun-answerbook 8899 ospf-lite 9001 tor-orport 9002 dynamid 9009
pichat 9010 sdr 9011 d-star 9040 tor-trans 9050 tor-socks 9080 glrpc 9081 cisco-aqos 9090 zeus-admin 9091
xmltec-xmlmail 9100 jetdirect 9101 jetdirect 9102 jetdirect 9103 jetdirect 9111 DragonIDSConsole 9152 ms-sql2000 9207
wap-vcal-s 9418 git 9500 ismserver 9535 man 9593 cba8 9594 msgsys 9595 pds 9618 condor 9666 zoomcp 9667 xmms2 9877
x510 9878 kca-service 9898 monkeycom 9900 iua 9929 nping-echo 9998 distinct32 9999 abyss 10000 snet-sensor-mgmt 10001
scp-config 10002 documentum 10003 documentum_s 10004 emcrmirccd 10009 swdtp-sv 10010 rxapi 10050 zabbix-agent 10051
zabbix-trapper 10081 famdc 10082 amandaidx 10083 amidxtape 10161 snmptls 10162 snmptls-trap 10809 nbd 11110 sgi-soap
11111 vce 11112 dicom 11371 pksd 11967 sysinfo-sp 12000 cce4x 12345 netbus 13722 netbackup 13782 netbackup 13783
netbackup 14000 scotty-ft 15000 hydap 15002 onep-tls 15660 bex-xr 16000 fmsas 16001 fmsascon 16080 osxwebadmin 16992
amt-soap-http 16993 amt-soap-https 17500 db-lsp 20000 dnp 20005 btx 20222 ipulse-ics 22125 dcap 22128 gsidcap 22273
wnn6 24554 binkp 27000 flexlm0 27374 subseven 30000 ndmps 31337 Elite 32768 filenet-tms 32770 sometimes-rpc3 32771
sometimes-rpc5 32772 sometimes-rpc7 32773 sometimes-rpc9 32774 sometimes-rpc11 32775 sometimes-rpc13 32776
sometimes-rpc15 32777 sometimes-rpc17 32778 sometimes-rpc19 32779 sometimes-rpc21 32780 sometimes-rpc23 33060 mysqlx
38292 landesk-cba 42510 caerpc 44442 coldfusion-auth 44443 coldfusion-auth 49400 compaqdiag 50000 ibm-db2 50002 iiimsf
62078 iphone-sync
`,
	udp: `
98 tacnews 106 3com-tsmux 113 auth 164 smip-agent 190 cacp 256 rap 257 set 258 yak-chat 259 firewall1-rdp 264
fw1-or-bgmp 265 x-bone-ctl 474 tn-tl-w2 480 iafdbase 481 ph 482 xlog 486 avian 512 biff 513 who 514 syslog 520 route
545 appleqtcsrvr 603 idxp 623 asf-rmcp 625 dec_dlm 626 serialnumberd 635 mount 636 ldaps 640 pcnfs 650 bwnfs 691
msexch-routing 737 sometimes-rpc2 754 tell 760 ns 761 rxe 773 notify 774 acmaint_dbd 775 acmaint_transd 901 smpnameres
902 ideafarm-door 903 ideafarm-panic 996 vsinet 998 puparp 999 applix 1000 ock 1012 sometimes-rpc1 1025 blackjack 1026
win-rpc 1028 ms-lsa 1029 solid-mux 1033 netinfo-local 1034 activesync-notify 1035 mxxrlogin 1040 netarx 1050 cma 1101
pt2-discover 1200 scol 1210 eoss 1214 fasttrack 1234 search-agent 1346 alta-ana-lm 1419 timbuktu-srv3 1457 valisys-lm
1484 confluent 1485 lansource 1645 radius 1646 radacct 1701 L2TP 1718 h225gatedisc 1755 ms-streaming 1761 cft-0 1804
enl 1813 radacct 1885 vrtstrapserver 1886 leoip 1901 fjicl-tep-a 2051 epnsdp 2102 zephyr-srv 2104 zephyr-hm 2148
veritas-ucl 2161 apc-2161 2222 msantipiracy 2223 rockwell-csp2 2343 nati-logos 2345 dbm 2362 digiman 3052 apc-3052
3130 squid-ipc 3296 rib-slm 3401 squid-snmp 3456 IISrpc-or-vat 3457 vat-control 3664 ups-engine 3702 ws-discovery 4000
icq 4008 netcheque 4500 nat-t-ike 4569 iax 4666 edonkey 4672 rfa 5010 telelpathstart 5093 sentinel-lm 5351 nat-pmp
5353 zeroconf 5355 llmnr 5500 securid 5555 rplay 5632 pcanywherestat 6017 x11 6050 x11 7003 afs3-vlserver 7005
afs3-volser 7008 afs3-update 7009 afs3-rmtsys 8000 irdmi 8008 http-alt 8080 http-alt 8900 jmb-cds1 9001 etlservicemgr
9020 tambora 9103 bacula-sd 9950 apc-9950 10000 ndmp 10161 snmpdtls 10162 snmpdtls-trap 17185 wdbrpc 17219 chipper
17754 zep 18888 apc-necmp 19541 jcp 20003 commtact-https 20031 bakbonenetvault 21000 irtrans 21800 tvpm 21847
netspeak-cs 25003 icl-twobase4 27015 halflife 27444 Trinoo_Bcast 31335 Trinoo_Register 31337 BackOrifice 32768 omad
32770 sometimes-rpc4 32771 sometimes-rpc6 32772 sometimes-rpc8 32773 sometimes-rpc10 32774 sometimes-rpc12 32775
sometimes-rpc14 32776 sometimes-rpc16 32777 sometimes-rpc18 32778 sometimes-rpc20 32779 sometimes-rpc22 32780
sometimes-rpc24 38037 landesk-cba 38293 landesk-cba 39213 sygatefw 42508 candp 47624 directplaysrvr 47808 bacnet 54321
bo2k
`
};

const cache = new Map<string, unknown>();

function once<T>(key: string, make: () => T): T {
	if (!cache.has(key)) cache.set(key, make());
	return cache.get(key) as T;
}

/** The most frequent ports of a protocol, most frequent first; a thousand at most. */
export function frequentPorts(protocol: PortProtocol, count: number): readonly number[] {
	return once(`frequent ${protocol}`, () => FREQUENT[protocol].trim().split(/\s+/).map(Number)).slice(0, count);
}

/** Names of ports, in the order of the ports. */
export function namedPorts(protocol: PortProtocol): ReadonlyMap<number, string> {
	return once(`names ${protocol}`, () => {
		const words = `${NAMES.both} ${NAMES[protocol]}`.trim().split(/\s+/);
		const names: [port: number, name: string][] = [];
		for (let i = 0; i < words.length; i += 2) names.push([Number(words[i]), words[i + 1]!]);
		return new Map(names.sort(([a], [b]) => a - b));
	});
}

export function serviceName(protocol: PortProtocol, port: number): string | undefined {
	return namedPorts(protocol).get(port);
}
