"""The cases of dns-more.jsonl, for record.py."""


def c(*a, **k): return {"host":k.pop("host","client"),"argv":list(a),**k}
N="@192.168.75.53"; I="@203.0.113.53"
groups={
'dig1':[c("dig",N,*x.split()) for x in """halo.example.org A
www.example.org
www.example.org CNAME
mail.example.org
ext.example.org
ext.example.org MX
dangle.example.org
dangle.example.org MX
loop1.example.org MX
example.org MX
example.org NS
example.org TXT
nosuch.example.org
x.y.dyn.example.org
x.dyn.example.org MX
x.dyn.example.org AAAA
*.dyn.example.org
multi.example.org
_smtp._tcp.example.org SRV
ns.sub.example.org
sub.example.org NS
sub.example.org
b.deep.example.org
lists.example.org MX
lists.example.org
web.example.org
web.example.org ANY
mixedcase.example.org
MixedCase.example.org AAAA
halo.example.org ANY
example.net
example.net NS
example.net SOA
example.net ANY
mail.example.net
nosuch.example.net
list.example.net MX
list.example.net
www.isp.com
pop.isp.com
isp.com MX
isp.com
badmx.com MX
nohost.badmx.com
down.com MX
alldown.com MX
unreach.com MX
wild.com
any.wild.com
any.wild.com MX
a.b.wild.com
real.wild.com TXT
real.wild.com MX
tempmx.com MX
rejmx.com MX
noaddr.com
noaddr.com MX
alias.cnamemx.com
alias.cnamemx.com MX
second.loopmx.com MX
first.loopmx.com MX
example.edu MX
forged.example.edu
com NS
. NS
. SOA
org SOA
nosuchtld
x.lame.com MX
example.com
onlymx.example.com MX
rbl.example.com NS
9.9.9.9.rbl.example.com
fake.edu.dbl.rbl.example.com
-x 192.0.2.25
-x 192.0.2.99
-x 203.0.113.53
-x 198.51.100.67
-x 198.51.100.25
-x 192.168.75.80
-x 192.168.75
in-addr.arpa NS
75.168.192.in-addr.arpa SOA
vpasta.com
www.vpasta.com
www.vpasta.com MX
halo.example.org TYPE99
halo.example.org CAA
halo.example.org IN
example.org AXFR
sub.example.org AXFR
example.net AXFR
nosuch.example.org AXFR
version.bind CH TXT
hostname.bind CH TXT
id.server CH TXT
authors.bind CH TXT
a.b.c.deep.example.org
halo.example.org +noedns
halo.example.org +nocookie
halo.example.org +tcp
halo.example.org +dnssec
example.org SOA +multiline
example.org SOA +multiline +noall +answer
halo.example.org +noall +answer
example.org MX +noall +answer +nottlid
example.org MX +noall +answer +noclass
example.org MX +noall +answer +nottlid +noclass
halo.example.org +nocomments
halo.example.org +nocmd
halo.example.org +qr
halo.example.org +stats +noall
example.org ANY +noall +answer +multiline
halo.example.org +identify +short
halo.example.org +norec
halo.example.org +bufsize=512
halo.example.org +noadflag
halo.example.org +cdflag
halo.example.org +ttlunits
halo.example.org +ignore
halo.example.org ws.example.org
halo.example.org +short ws.example.org MX
+short halo.example.org ws.example.org
halo.example.org -t MX
-t MX example.org
-q halo.example.org -t A
-c IN halo.example.org
-c CH halo.example.org
halo.example.org CH
-p 5353 halo.example.org +tries=1 +time=1
halo.example.org A MX
example.org mx
HALO.EXAMPLE.ORG
halo +search
halo +domain=example.org
halo +search +ndots=0
nosuch +search
nosuch +search +showsearch
halo.example.org +opcode=status
halo.example.org +rrcomments
halo.example.org +yaml
halo.example.org +edns=1
halo.example.org +ednsopt=nsid
halo.example.org +nsid
halo.example.org +subnet=192.0.2.0/24
halo.example.org +padding=128
halo.example.org +nosuchoption
halo..example.org
aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.org
-x 999.1.1.1
-x 2001:db8::80
example.org IXFR=2004010101
example.org IXFR=2000000000
halo.example.org +unknownformat
example.org ANY +unknownformat +noall +answer
txt.example.org TXT +split=4
halo.example.org +header-only
example.org SOA +onesoa
example.org AXFR +onesoa
example.org AXFR +short
example.org AXFR +noall +answer
example.org +nssearch
halo.example.org +aaonly
halo.example.org +tcp +short
halo.example.org +timeout=2 +retry=0
""".splitlines()],
'dig2':[c("dig",I,*x.split()) for x in """example.org
example.org MX
halo.example.org
com SOA
example.net MX
example.net SOA
www.example.net
example.net ANY
. NS
nosuch.
isp.com MX
pop.isp.com
cnamemx.com MX
alias.cnamemx.com
alias.cnamemx.com A
any.wild.com
a.b.wild.com MX
real.wild.com
lame.com NS
x.lame.com
ns.example.org
example.net AXFR
vpasta.com MX
tempmx.com MX
rbl.example.com
example.com MX
-x 192.168.75.2
-x 192.0.2.26
sub.example.net
nullmx.com MX
halo.example.org +norecurse
www.example.com +noall +authority
""".splitlines()],
'dig3':[c("dig",*x.split()) for x in """
+short halo.example.org
@ns.example.org halo.example.org
@ns +short halo.example.org
@halo halo.example.org
@nosuch.example.org halo.example.org
@192.168.75.10 halo.example.org +tcp +time=1
@192.168.75.99 halo.example.org +time=1 +tries=1
halo.example.org
-v
-h
halo.example.org @192.168.75.53 +short
example.org +nssearch
halo.example.org +trace
mail.example.net +trace
nosuch.example.net +trace
mail.example.net +trace @192.168.75.53
-4 halo.example.org +short
-6 halo.example.org +time=1 +tries=1
-b 192.168.75.10 halo.example.org +short
-u halo.example.org +short
-r halo.example.org +short
-m halo.example.org +short
-f /etc/dig.batch
-k
-z
+short
@ns.example.org
example.org ns +short @192.168.75.53 +short
@192.168.75.53 @203.0.113.53 example.net +short
""".strip('\n').splitlines()],
'host':[c("host",*x.split()) for x in """example.org
www.example.org
nosuch.example.org
nosuch
web
halo.example.org.
192.168.75.80
192.168.75.99
192.0.2.25
198.51.100.66
2001:db8::80
-t A halo.example.org
-t AAAA halo.example.org
-t SOA example.org
-t ANY example.org
-t SRV _smtp._tcp.example.org
-t HINFO halo.example.org
-t PTR 2.75.168.192.in-addr.arpa
-t PTR 192.168.75.2
-t MX halo.example.org
-t MX nosuch.example.org
-t MX nullmx.com
-t BOGUS example.org
-t NS nosuch.example.org
-a example.org
-a halo.example.org
-l example.org
-l nosuch.org
-l -a example.org
-l -t MX example.org
-l -v example.org
-C example.org
-C example.net
-C nosuch.org
-v -t MX example.org
-v nosuch.example.org
-v 192.168.75.2
-r mail.example.net
-T halo.example.org
-U halo.example.org
-W 1 halo.example.org 192.168.75.10
-R 0 -W 1 halo.example.org 192.168.75.99
halo.example.org 192.168.75.53
halo.example.org ns.example.org
halo.example.org nosuch.example.org
-c CH -t TXT version.bind
-N 0 halo
-N 2 halo.example.org
-i 192.168.75.2
-d halo.example.org
-4 halo.example.org
-A example.org
-V

lame.com
loop1.example.org
multi.example.org
ext.example.org
x.dyn.example.org
-t CNAME halo.example.org
halo..example.org
-s lame.com
-t TXT example.org
-t TXT isp.com
-t MX example.net
cnamemx.com
tempmx.com
-t ns com
-t any isp.com
-z
-p 5353 -W 1 -R 0 halo.example.org
-t AXFR example.net 203.0.113.53
-m trace halo.example.org
-w halo.example.org
""".splitlines()],
'nslookup':[c("nslookup",*x.split()) for x in """www.example.org
ext.example.org
mail.example.net
nosuch
halo
web.example.org
192.168.75.80
192.0.2.25
198.51.100.66
2001:db8::80
-type=a halo.example.org
-type=aaaa web.example.org
-type=soa example.org
-type=any example.org
-type=srv _smtp._tcp.example.org
-type=hinfo halo.example.org
-type=ptr 2.75.168.192.in-addr.arpa
-type=ptr 192.168.75.2
-type=cname www.example.org
-type=mx halo.example.org
-type=mx nosuch.example.org
-type=mx nullmx.com
-type=bogus example.org
-type=ns example.net
-type=txt isp.com
-type=soa nosuch.example.org
-query=mx example.org
-q=mx example.org
-debug halo.example.org
-debug -type=mx example.net
-d2 halo.example.org
-norecurse mail.example.net
-vc halo.example.org
-port=5353 -timeout=1 -retry=1 halo.example.org
-timeout=1 -retry=1 halo.example.org 192.168.75.10
halo.example.org 192.168.75.53
halo.example.org ns.example.org
halo.example.org 203.0.113.53
mail.example.net 203.0.113.53
halo.example.org nosuch.example.org
-class=ch -type=txt version.bind
-nosearch halo
-domain=example.org halo
-all halo.example.org
-nosuchoption halo
multi.example.org
loop1.example.org
dangle.example.org
lists.example.org
x.dyn.example.org
isp.com
wild.com
any.wild.com
noaddr.com
-type=soa example.net
-type=axfr example.org
""".splitlines()]+[c("nslookup",stdin=s) for s in ["halo.example.org\nexit\n","set type=mx\nexample.org\nset type=a\nhalo\n","server 203.0.113.53\nmail.example.net\nlserver 192.168.75.53\nhalo.example.org\n","set all\n","server\nserver nosuch\n","set debug\nhalo\nset nodebug\nhalo\n","192.168.75.2\nset q=any\nexample.org\n","help\n","ls example.org\nfoo bar\nset bogus\nset type=bogus\n","halo 203.0.113.53\nview x\nfinger\n\nroot\n","set domain=example.net\nmail\nset norecurse\nset port=53\nset timeout=2\nset retry=1\nset all\n"]],
}
CASES=[]
for g,steps in groups.items():
    for i in range(0,len(steps),10):
        CASES.append({"id":f"dns-{g}-{i//10+1:02d}","topic":g,"config":{"client":{"/etc/dig.batch":"@192.168.75.53 halo.example.org +short\n# comment\n\nexample.org MX +noall +answer\n-x 192.168.75.2 +short\n"}},"steps":steps[i:i+10]})

H='$TTL 86400\n@ IN SOA ns.example.org. hostmaster.example.org. ( 2004010101 28800 7200 604800 3600 )\n  IN NS ns\nns IN A 192.168.75.53\n'
B=[H+x for x in r'''www IN A 192.168.75.1
www IN A 192.168.75.300
www IN A 192.168.75
www IN A
www IN AAAA 2001:db8::1
www IN AAAA 2001:db8:::1
www IN AAAA 192.168.75.1
www IN CNAME web
www IN CNAME
www IN CNAME web web2
www IN CNAME web\nwww IN A 1.2.3.4
www IN CNAME web\nwww IN CNAME web2
www IN MX mail
www IN MX 10
www IN MX 70000 mail
www IN MX 10 mail.example.org
www IN MX 10 192.168.75.1
www IN MX 10 mail\nmail IN CNAME www2
@ IN MX 10 ns\n@ IN MX 10 ns
@ IN MX 0 .
@ IN MX -1 ns
www IN TXT hello world
www IN TXT "hello
www IN TXT "a\"b" c\;d e\032f
www IN TXT ""
www IN TXT
www IN SRV 0 5 25 ns
www IN SRV 0 5 ns
www IN SRV 0 5 99999 ns
www IN SRV 0 5 25 nosuch
www IN HINFO PC Linux
www IN HINFO "PC"
www IN CAA 0 issue "ca.example.net"
www IN CAA 0 issue ca.example.net
www IN CAA 256 issue "ca"
www IN CAA 0 is-sue "ca"
www IN CAA 0 issue
www IN NAPTR 100 10 "u" "E2U+sip" "!^.*$!sip:info@example.org!" .
www IN SSHFP 1 1 1234567890abcdef1234567890abcdef12345678
www IN TLSA 3 1 1 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
www IN DS 12345 8 2 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
www IN RP admin.example.org. txt.example.org.
www IN LOC 52 22 23.000 N 4 53 32.000 E -2.00m 0.00m 10000m 10m
www IN SPF "v=spf1 -all"
www IN DNAME example.net.
www IN DNAME example.net.\na.www IN A 1.2.3.4
www IN PTR ns
www IN AFSDB 1 ns
www IN WKS 192.168.75.1 tcp smtp
www IN X25 "12345"
www IN URI 10 1 "ftp://x/"
www IN TYPE65280 \# 3 abcdef
www IN TYPE65280 \# 3 abcd
www IN TYPE65280 \# 2 abcg
www IN TYPE65280 hello
www IN TYPE1 \# 4 c0a84b01
www IN TYPE1 \# 3 c0a84b
www IN A \# 4 c0a84b01
www IN TYPE0 \# 0
www IN BOGUS x
www IN
www
www 300 IN A 1.2.3.4\nwww 600 IN A 1.2.3.5
www 1h30m IN A 1.2.3.4
www 1x IN A 1.2.3.4
www IN 300 A 1.2.3.4
www 300 A 1.2.3.4
www A 1.2.3.4
www CH A 1.2.3.4
www HS TXT x
300 IN A 1.2.3.4
in IN A 1.2.3.4
a IN A 1.2.3.4
$ORIGIN sub\nx IN A 1.2.3.4
$ORIGIN sub.example.net.\nx IN A 1.2.3.4
$ORIGIN
$TTL
$TTL abc
$TTL 1h\nwww IN A 1.2.3.4
$TTL -1
$INCLUDE /etc/bind/db.inc
$INCLUDE /etc/bind/db.inc inc
$INCLUDE /etc/bind/nosuch
$INCLUDE
$INCLUDE /etc/bind/db.loop
$INCLUDE /etc/bind/db.bad
$GENERATE 1-3 host$ A 192.168.75.$
$GENERATE 1-10/3 host$ A 192.168.75.$
$GENERATE 1-3 host${0,3,d} A 192.168.75.$
$GENERATE 1-3 host${10,4,x} CNAME h$
$GENERATE 1-3 $ PTR host-$.example.org.
$GENERATE 3-1 host$ A 192.168.75.$
$GENERATE a-b host$ A 192.168.75.$
$GENERATE 1-3 host$
$GENERATE 1-3 host$ A 192.168.75.$ extra
$GENERATE 1-3 host$ 300 IN A 192.168.75.$
$GENERATE 1-3 host$ MX "10 mail$"
$GENERATE 254-258 host$ A 192.168.75.$
$GENERATE 1-3 host\$ A 192.168.75.$
$GENERATE 1-3 host${1} TXT "x $ y"
$GENERATE 1-2 host${0,2,n} CNAME x$
$GENERATE 0-1 h${0,1,z} A 1.2.3.4
$BOGUS x
$DATE 20040101000000
@ IN NS ns2
@ IN NS ns3.example.net.
@ IN NS 192.168.75.1
@ IN NS 192.168.75.1.
@ IN SOA ns hostmaster 1 2 3 4 5
sub IN SOA ns hostmaster 1 2 3 4 5
sub IN NS ns.sub
sub IN NS ns.sub\nns.sub IN A 1.2.3.4
sub IN NS ns.other\nother IN NS ns.other\nns.other IN A 1.2.3.4
sub IN NS ns\nwww.sub IN A 1.2.3.4
sub IN NS nosuch
sub IN NS ns2.example.net.
*.w IN A 1.2.3.4
*.w IN NS ns
x.*.w IN A 1.2.3.4
under_score IN A 1.2.3.4
_srv._tcp IN SRV 0 0 1 ns
-bad IN A 1.2.3.4
ba!d IN A 1.2.3.4
www IN MX 10 bad_host
other.net. IN A 1.2.3.4
www.example.org IN A 1.2.3.4
a..b IN A 1.2.3.4
aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa IN A 1.2.3.4
www IN A 1.2.3.4 ; comment
www IN A ( 1.2.3.4 )
www IN A ( 1.2.3.4
www IN A 1.2.3.4 )
www IN TXT ( "a"\n "b" )
( www IN A 1.2.3.4 )
www\tIN\tA\t1.2.3.4\r
\www IN A 1.2.3.4
w\032w IN A 1.2.3.4
w\.w IN A 1.2.3.4
w\999w IN A 1.2.3.4
WWW IN A 1.2.3.4\nwww IN A 1.2.3.5
www IN A 1.2.3.4\nftp IN A 1.2.3.4\nwww IN A 1.2.3.6
www IN A 1.2.3.4\nwww IN A 1.2.3.4
; only comment
@ IN TXT "v=spf1 -all"\n@ IN SPF "v=spf1 -all"
@ IN A 1.2.3.4 extra
  IN A 1.2.3.9
www IN KEY 256 3 5 AQPSKmynfzW4kyBv015MUG2DeIQ3
www IN DNSKEY 256 3 5 AQPSKmynfzW4kyBv015MUG2DeIQ3
www IN HTTPS 1 . alpn=h2
www IN SVCB 0 x
www IN OPT x
www IN ANY x
www IN AXFR x
www IN NULL \# 0
www IN MB ns
www IN MINFO a b
www IN GPOS 1 2 3
www IN APL 1:192.168.32.0/21
www IN OPENPGPKEY AQPSKmynfzW4kyBv015MUG2DeIQ3
www IN EUI48 00-00-5e-00-53-2a
'''.strip('\n').split('\n')]
B=[b.replace('\\n','\n').replace('\\t','\t').replace('\\r','\r') if True else b for b in B]
B=[b+'\n' for b in B]
S='@ IN SOA ns.example.org. hostmaster.example.org. ( 2004010101 28800 7200 604800 3600 )\n'
B+=[S+'  IN NS ns\nns IN A 1.2.3.4\n',S+'@ 300 IN NS ns\nns IN A 1.2.3.4\n','@ 300 IN SOA ns hm 1 2 3 4 5\n@ IN NS ns\nns IN A 1.2.3.4\nx 60 A 1.2.3.4\ny A 1.2.3.5\n','','\n\n','$TTL 1h\n@ IN NS ns\nns IN A 1.2.3.4\n','$TTL 1h\n'+S+'ns IN A 1.2.3.4\n','$TTL 1h\n@ IN SOA ns hm 1 2 3 4\n','$TTL 1h\n@ IN SOA ns hm 1 2 3 4 5 6\n @ IN NS ns\n','$TTL 1h\n@ IN SOA ns hm ( abc 2 3 4 5 )\n','$TTL 1h\n@ IN SOA ns hm ( 1 2h 3x 4 5 )\n','$TTL 1h\n@ IN SOA ns hm (\n 1 ; serial\n 2 ; refresh\n 3\n 4\n 5\n@ IN NS ns\n','$TTL 1h\n@ IN SOA ns root@example.org. 1 2 3 4 5\n@ IN NS ns\nns A 1.2.3.4\n','$TTL 1h\n@ IN SOA ns. hm. 4294967296 2 3 4 5\n@ IN NS ns\nns A 1.2.3.4\n','$TTL 1h\n@ IN SOA ns. hm. 4294967295 2 3 4 5\n@ IN NS ns\nns A 1.2.3.4\n','$TTL 1h\n@ IN SOA ns. hm. 1 1d 2h 4w 1h\n@ IN NS ns\nns CNAME x\n','  IN A 1.2.3.4\n'+H, H+'www IN A 1.2.3.4','$TTL 1h\n@ SOA ns hm 1 2 3 4 5\n@ NS ns.sub\nsub NS ns.sub\n','$TTL 1h\n@ SOA ns hm 1 2 3 4 5\n@ NS ns.sub\nsub NS ns.sub\nns.sub A 1.2.3.4\n', H+'www A 1.2.3.400\nx BOGUS y\nz A\n', H+'@ CNAME www\n', H+'ns CNAME www\n', H.replace(' ',"\t"), H+'x IN A 1.2.3.4\n\n\n\t\ny IN A 1.2.3.4\n']
for i,b in enumerate(B):
    CASES.append({"id":f"dns-zone-{i+1:03d}","topic":"checkzone","lite":True,"flush":False,"config":{"client":{"/etc/bind/db.test":b,"/etc/bind/db.inc":"inc1 IN A 192.168.75.77\n  IN TXT inc\n","/etc/bind/db.loop":"$INCLUDE /etc/bind/db.loop\n","/etc/bind/db.bad":"x IN A 1.2.3.400\n"}},"steps":[c("named-checkzone","-D","example.org","/etc/bind/db.test")]})

Z='$TTL 86400\n@ IN SOA ns.example.org. hostmaster.example.org. ( 2004010101 28800 7200 604800 3600 )\n  IN NS ns\nns IN A 192.168.75.53\n'
CONFS='''options { directory "/etc/bind" ; recursion yes; };
options { directory "/etc/bind"; recursion yes }
options { directory "/etc/bind"; recursion yes;
options { directory /etc/bind; };
options { nosuch yes; };
options { listen-on port 53 { any; }; listen-on-v6 { none; }; };
options { listen-on port abc { any; }; };
options { forwarders { 192.168.75.53; 10.0.0.1 port 5353; }; forward only; };
options { forwarders { 192.168.75.300; }; };
options { forwarders { ns.example.org; }; };
options { forward only; };
options { forward sometimes; };
options { allow-query { nosuchacl; }; };
acl inside { 192.168.75.0/24; }; options { allow-query { inside; }; };
acl inside { 192.168.75.1/24; };
acl inside { 192.168.75/24; };
acl inside { 192.168.75; };
acl any { 10.0.0.0/8; };
acl inside { 10/8; }; acl inside { 11/8; };
zone "example.org" { type primary; file "db.x"; }; zone "example.org" { type primary; file "db.y"; };
zone "example.org" { file "db.x"; };
zone "example.org" { type slave; file "s.x"; };
zone "example.org" { type slave; masters { 192.168.75.53; }; file "s.x"; };
zone "example.org" { type secondary; primaries { 192.168.75.53; }; };
zone "example.org" { type secondary; primaries { }; };
zone "example.org" { type secondary; primaries { nosuch; }; };
primaries p1 { 192.168.75.53; }; zone "example.org" { type secondary; primaries { p1; }; };
zone "example.org" { type primary; file "db.x"; masters { 10.0.0.1; }; };
zone "example.org" { type forward; forwarders { 10.0.0.1; }; };
zone "example.org" { type forward; };
zone "example.org" { type forward; file "x"; };
zone "." { type hint; file "root.hint"; };
zone "." { type hint; };
zone "example.org" { type hint; file "x"; };
zone example.org { type primary; file "db.x"; };
zone "example..org" { type primary; file "db.x"; };
zone "example.org" IN { type primary; file "db.x"; };
zone "example.org" XX { type primary; file "db.x"; };
zone "example.org" { type primary; file "db.x"; allow-update { none; }; notify explicit; also-notify { 10.0.0.1; }; };
zone "example.org" { type primary; file "db.x"; recursion yes; };
zone "example.org" { type primary; type primary; file "db.x"; };
zone "example.org" { type primary; file "db.x"; }
zone "example.org" { type primary; file "db.x"; };;
logging { channel c1 { syslog daemon; severity info; }; category default { c1; }; };
logging { channel c1 { file "/var/log/q.log" versions 3 size 5m; severity dynamic; print-time yes; print-category yes; print-severity yes; }; category queries { c1; }; };
logging { category queries { nosuch; }; };
logging { category nosuch { null; }; };
logging { channel c1 { severity info; }; };
logging { channel c1 { syslog daemon; file "x"; }; };
logging { channel c1 { syslog nosuch; }; };
logging { channel c1 { syslog daemon; severity loud; }; };
logging { }; logging { };
key k1 { algorithm hmac-sha256; secret "cG9zdGVybg=="; };
key k1 { algorithm hmac-sha256; };
key k1 { algorithm bogus; secret "cG9zdGVybg=="; };
key k1 { algorithm hmac-sha256; secret "!!!"; };
controls { inet 127.0.0.1 port 953 allow { 127.0.0.1; } keys { "k1"; }; };
key k1 { algorithm hmac-sha256; secret "cG9zdGVybg=="; }; controls { inet 127.0.0.1 port 953 allow { 127.0.0.1; } keys { "k1"; }; };
view "a" { match-clients { any; }; zone "example.org" { type primary; file "db.x"; }; };
view "a" { match-clients { any; }; }; zone "example.org" { type primary; file "db.x"; };
server 10.0.0.1 { bogus yes; };
options { max-cache-ttl 3600; max-ncache-ttl 1h; };
options { max-cache-ttl abc; };
options { version "none"; hostname none; };
options { version none };
options { dnssec-enable yes; };
options { dnssec-validation maybe; };
options { dnssec-validation auto; };
options { dnssec-lookaside auto; };
options { port 70000; };
options { querylog yes; minimal-responses no; minimal-any yes; };
options { minimal-responses maybe; };
options { rrset-order { order cyclic; }; };
options { rrset-order { order sideways; }; };
options { recursion yes; recursion no; };
options { }; options { };
options { max-cache-size 10%; max-cache-size 20m; };
options { max-cache-size lots; };
options { check-names master warn; check-names slave ignore; };
options { check-names fail; };
options { allow-transfer { key k1; }; };
options { allow-transfer { !192.168.75.0/24; any; }; };
options { allow-transfer { ! ; }; };
options { allow-transfer { 192.168.75.0/33; }; };
options { allow-transfer { 192.168.75.0/24 }; };
options { allow-transfer 192.168.75.0/24; };
options { notify yes; notify-source *; transfer-source 192.168.75.53; };
options { notify maybe; };
options { query-source address * port 53; };
options { pid-file none; };
options { statistics-file "x"; zone-statistics yes; };
options { edns-udp-size 100; };
options { tcp-clients 100; recursive-clients 50; };
options { blackhole { 10.0.0.1; }; auth-nxdomain no; };
options { empty-zones-enable maybe; };
options { topology { any; }; };
options { additional-from-auth yes; };
options { ixfr-from-differences yes; };
options { masterfile-format text; };
options { masterfile-format xml; };
include "/etc/bind/nosuch.conf";
include "/etc/bind/included.conf"; zone "b.example" { type primary; file "y"; };
include /etc/bind/included.conf;
bogus { };
"options" { };
options directory "/etc/bind";
/* unterminated
options { directory "/etc/bind; };
# only a comment
}
{ };
; 
zone "example.org" { type primary; file ""; };
zone "" { type primary; file "x"; };
zone "example.org" { type primary; file "db.x"; allow-query { 2001:db8::/32; ::1; }; };
zone "example.org" { type static-stub; server-addresses { 10.0.0.1; }; };
zone "example.org" { type stub; masters { 10.0.0.1; }; };
zone "example.org" { type delegation-only; };
zone "example.org" { type redirect; file "x"; };
zone "example.org" { type mirror; };
zone "example.org" { type primary; file "db.x"; max-refresh-time abc; };
zone "example.org" { type primary; file "db.x"; forwarders { }; };
zone "example.org" { type secondary; primaries port 5353 { 10.0.0.1 key k9; }; };
zone "example.org" { type primary; file "db.x"; update-policy local; };
zone "example.org" { type primary; file "db.x"; dnssec-policy default; };
zone "example.org" { type primary; file "db.x"; dnssec-policy nosuch; };
zone "example.org" { type primary; file "db.x"; auto-dnssec maintain; };
acl "a b" { 10.0.0.1; }; options { allow-query { "a b"; }; };
options { allow-recursion { localnets; localhost; }; allow-query-cache { any; }; };
options { recursion no; allow-recursion { any; }; };
statistics-channels { inet 127.0.0.1 port 8053 allow { 127.0.0.1; }; };
trusted-keys { };
managed-keys { };
trust-anchors { };
options { sortlist { { localhost; { localnets; }; }; }; };
options { rate-limit { responses-per-second 10; }; };
options { response-policy { zone "rpz"; }; };
options { dns64 64:ff9b::/96 { clients { any; }; }; };
options { disable-empty-zone "10.in-addr.arpa"; };
options { deny-answer-addresses { 10.0.0.0/8; }; };
options { catalog-zones { }; };
options { max-zone-ttl 1d; request-ixfr no; provide-ixfr no; };
options { serial-query-rate 20; transfers-per-ns 2; };
options { heartbeat-interval 5; dialup yes; };
options { tkey-domain "x"; };
options { session-keyname "x"; session-keyalg "hmac-sha256"; session-keyfile "/run/x"; };
options { cache-file "x"; };
options { fetch-glue yes; };
options { host-statistics yes; };
options { has-old-clients yes; };
options { maintain-ixfr-base yes; };
options { treat-cr-as-space yes; };
options { rfc2308-type1 yes; };
options { use-id-pool yes; };
options { multiple-cnames yes; };
options { named-xfer "x"; };
options { serial-queries 5; };
options { deallocate-on-exit yes; };
options { fake-iquery yes; };
options { min-roots 5; };
options { filter-aaaa-on-v4 yes; };
options { max-ixfr-log-size 5m; };
options { suppress-initial-notify yes; };
lwres { };
options { directory "/etc/bind"; directory "/tmp"; };
options { allow-query-on { any; }; allow-recursion-on { any; }; };
options { cleaning-interval 60; };
options { acache-enable yes; };
options { glue-cache yes; };
options { stale-answer-enable yes; stale-cache-enable yes; max-stale-ttl 1h; };
options { lame-ttl 600; lame-ttl 601; };
'''.strip('\n').split('\n')
for i in range(0,len(CONFS),1):
    CASES.append({"id":f"dns-conf-{i+1:03d}","topic":"checkconf","lite":True,"flush":False,"config":{"client":{"/etc/bind/test.conf":CONFS[i]+"\n","/etc/bind/included.conf":'zone "a.example" { type primary; file "x"; };\n',"/etc/bind/db.x":Z}},"steps":[c("named-checkconf","/etc/bind/test.conf"),c("named-checkconf","-p","/etc/bind/test.conf")]})

SEC='options { directory "/var/cache/bind"; recursion no; dnssec-validation no; listen-on-v6 { none; }; };\nzone "example.org" { type secondary; primaries { 192.168.75.53; }; file "s.example.org"; masterfile-format text; };\n'
FWD='options { directory "/var/cache/bind"; dnssec-validation no; listen-on-v6 { none; }; %s };\n'
HINT='zone "." { type hint; file "/etc/bind/root.hint"; };\n'
ROOT='. 3600000 IN NS ns.isp.com.\nns.isp.com. 3600000 IN A 203.0.113.53\n'
D="@127.0.0.1"
def short(*w): return c("dig",D,*w,"+noall","+answer","+comments")
CASES+=[
{"id":"dns-secondary-01","note":"a zone is fetched, and again after the primary's serial has grown","flush":False,"config":{"client":{"/etc/bind/named.conf":SEC}},
 "steps":[c("named","-u","bind"),c("sleep","2"),c("dig",D,"halo.example.org"),c("dig",D,"nosuch.example.org","+noall","+authority"),c("rndc","refresh","example.org"),
  c("sed","-i","s/2004010101/2004010102/; s/192.168.75.80/192.168.75.88/","/etc/bind/db.example.org",host="ns"),c("rndc","reload","example.org",host="ns"),c("dig",D,"web.example.org","+short"),
  c("rndc","refresh","example.org"),c("sleep","2"),c("dig",D,"web.example.org","+short"),c("dig",D,"example.org","SOA","+short"),c("rndc","freeze","example.org"),c("rndc","refresh","nosuch"),c("rndc","notify","example.org"),c("rndc","bogus"),c("rndc","flushname","x.example"),c("rndc","querylog","on")]},
{"id":"dns-secondary-02","note":"the primary tells of a change","flush":False,"config":{"client":{"/etc/bind/named.conf":SEC},"ns":{"/etc/bind/named.conf":'options { directory "/etc/bind"; recursion no; listen-on-v6 { none; }; also-notify { 192.168.75.10; }; };\nzone "example.org" { type primary; file "db.example.org"; };\n'}},
 "steps":[c("named","-u","bind"),c("sleep","2"),c("sed","-i","s/2004010101/2004010102/; s/192.168.75.80/192.168.75.88/","/etc/bind/db.example.org",host="ns"),c("rndc","reload",host="ns"),c("sleep","8"),c("dig",D,"web.example.org","+short"),c("dig",D,"example.org","SOA","+short")]},
{"id":"dns-secondary-03","note":"what rndc says of primary zones","flush":False,"steps":[c("rndc",*w.split(),host="ns") for w in ("refresh example.org","retransfer example.org","notify example.org","freeze example.org","notify nosuch.org","retransfer nosuch.org","flushtree example.net","flush","reload nosuch.org","reload example.org","reload","zonestatus nosuch.org")]},
{"id":"dns-forward-01","note":"forward only","flush":False,"config":{"client":{"/etc/bind/named.conf":FWD%"forwarders { 192.168.75.53; }; forward only;"}},"steps":[c("named","-u","bind"),c("sleep","1"),short("mail.example.net"),short("nosuch.example.net"),short("www.example.org","A"),short("lame.com")]},
{"id":"dns-forward-02","note":"a zone of its own forwarders","flush":False,"config":{"client":{"/etc/bind/root.hint":ROOT,"/etc/bind/named.conf":FWD%""+HINT+'zone "example.org" { type forward; forward only; forwarders { 192.168.75.53; }; };\n'}},"steps":[c("named","-u","bind"),c("sleep","1"),short("halo.example.org"),short("mail.example.net"),short("example.net","MX")]},
{"id":"dns-acl-01","note":"allow-query, allow-recursion, allow-transfer","flush":False,"config":{"client":{"/etc/bind/root.hint":ROOT,"/etc/bind/db.x":'$TTL 60\n@ SOA ns hm 1 2 3 4 5\n@ NS ns\nns A 192.168.75.10\n',"/etc/bind/named.conf":'acl inside { !192.168.75.53; 192.168.75.0/24; };\n'+FWD%"allow-query { any; }; allow-recursion { inside; }; allow-transfer { none; };"+HINT+'zone "x.example" { type primary; file "/etc/bind/db.x"; };\nzone "y.example" { type primary; file "/etc/bind/db.x"; allow-query { localhost; }; allow-transfer { inside; }; };\n'}},
 "steps":[c("named","-u","bind"),c("sleep","1")]+[c("dig","@192.168.75.10",*w.split(),"+noall","+answer","+comments",host=h) for h in ("halo","ns") for w in ("ns.x.example","ns.y.example","mail.example.net","x.example AXFR","y.example AXFR")]},
{"id":"dns-ttl-01","note":"what is kept counts down","flush":False,"steps":[c("rndc","flush",host="ns"),c("dig","@192.168.75.53","mail.example.net","+noall","+answer"),c("sleep","3"),c("sh","-c","dig @192.168.75.53 mail.example.net +noall +answer | awk '{print ($2 >= 3595 && $2 <= 3597), $5}'"),c("dig","@192.168.75.53","mail.example.net","+norec","+short")]},
{"id":"dns-dname-01","note":"DNAME","flush":False,"zones":{"ns":{"d.example":'$TTL 300\n@ SOA ns hm 1 2 3 4 5\n@ NS ns\nns A 192.168.75.53\nold DNAME new\na.new A 192.168.75.1\nout DNAME example.net.\n* TXT wild\n'}},"steps":[c("dig","@192.168.75.53",*w.split()) for w in ("a.old.d.example","old.d.example","old.d.example DNAME","x.old.d.example","a.old.d.example CNAME","mail.out.d.example","b.d.example TXT","a.b.c.old.d.example +norec")]},
{"id":"dns-types-01","note":"other types over the wire","flush":False,"zones":{"ns":{"t.example":'$TTL 300\n@ SOA ns hm 1 2 3 4 5\n@ NS ns\nns A 192.168.75.53\n@ CAA 0 issue "ca.example"\n@ TYPE65280 \\# 3 abcdef\nn NAPTR 100 10 "u" "E2U+sip" "!^.*$!sip:i@t.example!" .\nt TLSA 3 1 1 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\ns SSHFP 1 1 1234567890abcdef1234567890abcdef12345678\nr RP hm.t.example. x\nk DNSKEY 256 3 5 AQPSKmynfzW4kyBv015MUG2DeIQ3\nu URI 10 1 "ftp://x/"\n'}},"steps":[c("dig","@192.168.75.53",*w.split()) for w in ("t.example CAA","t.example TYPE65280","n.t.example NAPTR","t.t.example TLSA","s.t.example SSHFP","r.t.example RP","k.t.example DNSKEY","u.t.example URI","t.example ANY")]+[c("host","-t","caa","t.example"),c("nslookup","-type=caa","t.example"),c("host","-t","naptr","n.t.example")]},
]
