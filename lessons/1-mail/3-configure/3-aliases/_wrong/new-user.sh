# on halo
echo 'olduser:x:1010:1010::/home/olduser:/bin/bash' >> /etc/passwd
