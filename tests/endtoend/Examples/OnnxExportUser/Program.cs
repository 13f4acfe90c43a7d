using MnistAdder.OnnxExport;
using static TorchSharp.torch;

var network = nn.Sequential(nn.Conv2d(1, 8, 3), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 26 * 26, 10));
OnnxExporter.Export(network, "batch", 1, 28, 28).Save("network.onnx");

Comparison.Print("network.onnx", network, rand(5, 1, 28, 28));

using var own = new Residual();
OnnxExporter.Export(own, "batch", 16).Save("residual.onnx");
Comparison.Print("residual.onnx", own, rand(5, 16));

Exports.ModuleOfSomebodyElse();
Exports.GraphAroundAModule(network);
Console.WriteLine($"classifier.onnx takes {Comparison.InputOf("classifier.onnx")}");
