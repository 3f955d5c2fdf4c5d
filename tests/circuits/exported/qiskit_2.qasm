OPENQASM 2.0;
include "qelib1.inc";
gate rzx(param0) q0,q1 { h q1; cx q0,q1; rz(param0) q1; cx q0,q1; h q1; }
gate ryy(param0) q0,q1 { sxdg q0; sxdg q1; cx q0,q1; rz(param0) q1; cx q0,q1; sx q0; sx q1; }
gate iswap q0,q1 { s q0; s q1; h q0; cx q0,q1; cx q1,q0; h q1; }
gate ecr q0,q1 { s q0; sx q1; cx q0,q1; x q0; }
gate mcx q0,q1,q2,q3 { h q3; p(pi/8) q0; p(pi/8) q1; p(pi/8) q2; p(pi/8) q3; cx q0,q1; p(-pi/8) q1; cx q0,q1; cx q1,q2; p(-pi/8) q2; cx q0,q2; p(pi/8) q2; cx q1,q2; p(-pi/8) q2; cx q0,q2; cx q2,q3; p(-pi/8) q3; cx q1,q3; p(pi/8) q3; cx q2,q3; p(-pi/8) q3; cx q0,q3; p(pi/8) q3; cx q2,q3; p(-pi/8) q3; cx q1,q3; p(pi/8) q3; cx q2,q3; p(-pi/8) q3; cx q0,q3; h q3; }
gate mcx_o5 q0,q1,q2,q3 { x q1; mcx q0,q1,q2,q3; x q1; }
gate ccry(param0) q0,q1,q2 { cu(0.2,0,0,0) q1,q2; cx q1,q0; cu(-0.2,0,0,0) q0,q2; cx q1,q0; cu(0.2,0,0,0) q0,q2; }
gate unitary q0,q1 { u(1.0168265560766134,3.0024337955217177,0.9979809940288167) q0; u(0.8042773605936515,-0.9739969152138452,1.179474641875534) q1; cx q0,q1; u(0.8487718079030525,-pi/2,pi/2) q0; u(1.153040496737652,-0.6862330436931359,-0.45992792023970885) q1; cx q0,q1; u(0.7596050754803622,0,-pi/2) q0; u(pi/3,2.5261129449194053,-0.6154797086703869) q1; cx q0,q1; u(2.1872289579568838,-1.9967791794307639,-2.211782202987946) q0; u(0.5894350904966267,2.128734079738659,-0.24538019347000528) q1; }
gate mine(param0) q0,q1 { ry(0.3) q0; cz q0,q1; }
qreg q[4];
creg meas[4];
h q[0];
h q[1];
h q[2];
h q[3];
rx(0.9199999999999999) q[0];
u(0.3,-1.2,0.7) q[1];
p(1.9) q[2];
barrier q[0],q[1],q[2],q[3];
cp(-2.28) q[0],q[1];
crx(0.7) q[1],q[2];
rzz(1.3299999999999998) q[2],q[3];
rxx(0.3) q[0],q[3];
rzx(-1.2) q[1],q[3];
ryy(0.39999999999999997) q[0],q[2];
sx q[0];
sdg q[1];
tdg q[3];
ccx q[0],q[1],q[2];
cswap q[3],q[0],q[1];
iswap q[1],q[2];
ecr q[0],q[3];
ch q[2],q[0];
mcx_o5 q[0],q[1],q[3],q[2];
ccry(0.4) q[3],q[1],q[0];
unitary q[1],q[3];
mine(0.3) q[2],q[0];
rz(pi/3) q[3];
barrier q[0],q[1],q[2],q[3];
measure q[0] -> meas[0];
measure q[1] -> meas[1];
measure q[2] -> meas[2];
measure q[3] -> meas[3];