using MnistAdder.OnnxExport;
using static TorchSharp.torch;

using var network = new Residual();
OnnxExporter.Export(network, [rand(2, 4, 4)]).Save("residual.onnx");

Exports.Checked(network);
Exports.OpenSizes(nn.Sequential(nn.Embedding(9, 4), nn.Linear(4, 2)));
Exports.ModuleByItsShape();
Exports.ModuleOfSomebodyElse();
Console.WriteLine($"classifier.onnx takes {Comparison.InputOf("classifier.onnx")}");
