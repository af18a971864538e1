# on halo
cat > /etc/postfix/main.cf << 'EOF'
# Postfix on halo
compatibility_level = 3.6

# Who am I?
myhostname = halo.example.org
mydomain = example.org
myorigin = $mydomain
mydestination = $myhostname,
  localhost.$mydomain localhost $mydomain

# Who may relay? The office, and michael's workstation
mynetworks = 127.0.0.0/8 192.168.75.0/28
  10.150.134.15 # michael

# Local users
alias_maps = hash:/etc/aliases
alias_database = hash:/etc/aliases
EOF
postfix reload
