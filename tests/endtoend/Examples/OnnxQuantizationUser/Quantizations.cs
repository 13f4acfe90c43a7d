using Microsoft.ML;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using MnistAdder.OnnxQuantization;

internal static class Quantizations
{
    public static void WithALossOfOnesOwn(string model, IDataView rows)
    {
        var options = new QuantizationOptions
        {
            Form = QuantizedForm.OnnxRuntime,
            MaxLoss = 0.5,
            Loss = bytes => Reading.Of(bytes.ToArray()) == 1 ? 0 : 1,
            Progress = Console.Error.WriteLine,
        };
        QuantizedModel fast = OnnxQuantizer.Quantize(File.ReadAllBytes(model), CalibrationData.FromDataView(rows), options);
        fast.SetMetadata("quantized_for", "the CPU of ONNX Runtime");
        File.WriteAllBytes("fast.onnx", fast.ToArray());

        Console.WriteLine($"fast.onnx reads {Reading.Of(File.ReadAllBytes("fast.onnx"))}");
    }

    public static void Compared(string model)
    {
        Row[] rows = [.. Drawing.Strokes(64)];
        NamedOnnxValue[] batch =
        [
            NamedOnnxValue.CreateFromTensor("image", new DenseTensor<byte>(rows.SelectMany(row => row.Image).ToArray(), [64, 1, 28, 28])),
            NamedOnnxValue.CreateFromTensor("number", new DenseTensor<long>(rows.Select(row => row.Number).ToArray(), [64, 1])),
        ];
        CalibrationData data = CalibrationData.FromTensors([batch]);
        QuantizedModel quantized = OnnxQuantizer.Quantize(File.ReadAllBytes(model), data, new QuantizationOptions { MeasuresTime = false });
        QuantizationVerification verification = quantized.Verify(data);
        foreach (QuantizationDifference layer in verification.Layers)
            Console.WriteLine($"{layer.Name} {layer.RelativeError}");
        Console.WriteLine($"outputs differ by {(verification.Greatest < 0.1 ? "less than a tenth" : verification.Greatest)}");
    }
}
