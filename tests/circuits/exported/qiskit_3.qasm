OPENQASM 3.0;
include "stdgates.inc";
input float[64] a;
input float[64] b;
input float[64] f;
input float[64] g;
gate rzz(p0) _gate_q_0, _gate_q_1 {
  cx _gate_q_0, _gate_q_1;
  rz(p0) _gate_q_1;
  cx _gate_q_0, _gate_q_1;
}
gate rxx(p0) _gate_q_0, _gate_q_1 {
  h _gate_q_0;
  h _gate_q_1;
  cx _gate_q_0, _gate_q_1;
  rz(p0) _gate_q_1;
  cx _gate_q_0, _gate_q_1;
  h _gate_q_1;
  h _gate_q_0;
}
gate rzx(p0) _gate_q_0, _gate_q_1 {
  h _gate_q_1;
  cx _gate_q_0, _gate_q_1;
  rz(p0) _gate_q_1;
  cx _gate_q_0, _gate_q_1;
  h _gate_q_1;
}
gate sxdg _gate_q_0 {
  s _gate_q_0;
  h _gate_q_0;
  s _gate_q_0;
}
gate ryy(p0) _gate_q_0, _gate_q_1 {
  sxdg _gate_q_0;
  sxdg _gate_q_1;
  cx _gate_q_0, _gate_q_1;
  rz(p0) _gate_q_1;
  cx _gate_q_0, _gate_q_1;
  sx _gate_q_0;
  sx _gate_q_1;
}
gate iswap _gate_q_0, _gate_q_1 {
  s _gate_q_0;
  s _gate_q_1;
  h _gate_q_0;
  cx _gate_q_0, _gate_q_1;
  cx _gate_q_1, _gate_q_0;
  h _gate_q_1;
}
gate ecr _gate_q_0, _gate_q_1 {
  s _gate_q_0;
  sx _gate_q_1;
  cx _gate_q_0, _gate_q_1;
  x _gate_q_0;
}
gate mcx _gate_q_0, _gate_q_1, _gate_q_2, _gate_q_3 {
  h _gate_q_3;
  p(pi/8) _gate_q_0;
  p(pi/8) _gate_q_1;
  p(pi/8) _gate_q_2;
  p(pi/8) _gate_q_3;
  cx _gate_q_0, _gate_q_1;
  p(-pi/8) _gate_q_1;
  cx _gate_q_0, _gate_q_1;
  cx _gate_q_1, _gate_q_2;
  p(-pi/8) _gate_q_2;
  cx _gate_q_0, _gate_q_2;
  p(pi/8) _gate_q_2;
  cx _gate_q_1, _gate_q_2;
  p(-pi/8) _gate_q_2;
  cx _gate_q_0, _gate_q_2;
  cx _gate_q_2, _gate_q_3;
  p(-pi/8) _gate_q_3;
  cx _gate_q_1, _gate_q_3;
  p(pi/8) _gate_q_3;
  cx _gate_q_2, _gate_q_3;
  p(-pi/8) _gate_q_3;
  cx _gate_q_0, _gate_q_3;
  p(pi/8) _gate_q_3;
  cx _gate_q_2, _gate_q_3;
  p(-pi/8) _gate_q_3;
  cx _gate_q_1, _gate_q_3;
  p(pi/8) _gate_q_3;
  cx _gate_q_2, _gate_q_3;
  p(-pi/8) _gate_q_3;
  cx _gate_q_0, _gate_q_3;
  h _gate_q_3;
}
gate mcx_o5 _gate_q_0, _gate_q_1, _gate_q_2, _gate_q_3 {
  x _gate_q_1;
  mcx _gate_q_0, _gate_q_1, _gate_q_2, _gate_q_3;
  x _gate_q_1;
}
gate ccry(_gate_p_0) _gate_q_0, _gate_q_1, _gate_q_2 {
  cu(0.2, 0, 0, 0) _gate_q_1, _gate_q_2;
  cx _gate_q_1, _gate_q_0;
  cu(-0.2, 0, 0, 0) _gate_q_0, _gate_q_2;
  cx _gate_q_1, _gate_q_0;
  cu(0.2, 0, 0, 0) _gate_q_0, _gate_q_2;
}
gate unitary _gate_q_0, _gate_q_1 {
  U(1.0168265560766134, 3.0024337955217177, 0.9979809940288167) _gate_q_0;
  U(0.8042773605936515, -0.9739969152138452, 1.179474641875534) _gate_q_1;
  cx _gate_q_0, _gate_q_1;
  U(0.8487718079030525, -pi/2, pi/2) _gate_q_0;
  U(1.153040496737652, -0.6862330436931359, -0.45992792023970885) _gate_q_1;
  cx _gate_q_0, _gate_q_1;
  U(0.7596050754803622, 0, -pi/2) _gate_q_0;
  U(pi/3, 2.5261129449194053, -0.6154797086703869) _gate_q_1;
  cx _gate_q_0, _gate_q_1;
  U(2.1872289579568838, -1.9967791794307639, -2.211782202987946) _gate_q_0;
  U(0.5894350904966267, 2.128734079738659, -0.24538019347000528) _gate_q_1;
}
gate mine(a) _gate_q_0, _gate_q_1 {
  ry(a) _gate_q_0;
  cz _gate_q_0, _gate_q_1;
}
bit[4] meas;
qubit[4] q;
h q[0];
h q[1];
h q[2];
h q[3];
rx(0.5 + 2*f*a) q[0];
U(a, b, f) q[1];
p(g) q[2];
barrier q[0], q[1], q[2], q[3];
cp(b*g) q[0], q[1];
crx(f) q[1], q[2];
rzz(f*g) q[2], q[3];
rxx(a) q[0], q[3];
rzx(b) q[1], q[3];
ryy(-b/3) q[0], q[2];
sx q[0];
sdg q[1];
tdg q[3];
ccx q[0], q[1], q[2];
cswap q[3], q[0], q[1];
iswap q[1], q[2];
ecr q[0], q[3];
ch q[2], q[0];
mcx_o5 q[0], q[1], q[3], q[2];
ccry(0.4) q[3], q[1], q[0];
unitary q[1], q[3];
mine(a) q[2], q[0];
rz(pi/3) q[3];
barrier q[0], q[1], q[2], q[3];
meas[0] = measure q[0];
meas[1] = measure q[1];
meas[2] = measure q[2];
meas[3] = measure q[3];
