using Microsoft.ML;
using MnistAdder.OnnxQuantization;

IDataView rows = new MLContext().Data.LoadFromEnumerable(Drawing.Strokes(256));
QuantizedModel quantized = OnnxQuantizer.Quantize(File.ReadAllBytes(args[0]), CalibrationData.FromDataView(rows));
File.WriteAllBytes("quantized.onnx", quantized.ToArray());

Console.WriteLine($"quantized.onnx reads {Reading.Of(File.ReadAllBytes("quantized.onnx"))}");
Quantizations.WithALossOfOnesOwn(args[0], rows);
Quantizations.Compared(args[0]);
