using MnistAdder.OnnxExport.Networks;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MnistAdder.OnnxExport.Tests;

/// <summary>The models are valid by the ONNX project's own checker, with its shape inference.</summary>
public sealed class OnnxCheckerTests : IDisposable
{
    private const string Version = "import onnx; print(onnx.defs.onnx_opset_version())";
    private const string Check = "import sys, onnx\nfor path in sys.argv[1:]: onnx.checker.check_model(path, full_check=True)";
    private readonly string _folder = Directory.CreateTempSubdirectory("onnx-checker-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Every_kind_of_module_passes_the_checker()
    {
        RequireChecker();
        var image = new OnnxTensorInfo("x", OnnxElementType.Float, ["batch", 4, 12, 12]);
        var words = new OnnxTensorInfo("x", OnnxElementType.Int64, ["batch", 5]);
        var numbers = new OnnxTensorInfo("x", OnnxElementType.Double, ["batch", 4]);
        var modules = new List<(nn.Module Module, OnnxTensorInfo Input)>
        {
            (Images(), image),
            (nn.Sequential(nn.ConvTranspose2d(4, 2, 3, stride: 2, output_padding: 1), nn.Flatten(0, 1)), image),
            (Signals(), image),
            (nn.Sequential(nn.Embedding(9, 4), nn.Linear(4, 2, hasBias: false), nn.Softmax(-1)), words),
            (nn.Sequential(nn.Linear(4, 3, dtype: ScalarType.Float64), nn.SiLU()), numbers),
        };

        string[] paths = [.. modules.Select((_, i) => Path.Combine(_folder, $"{i}.onnx"))];
        foreach (((nn.Module module, OnnxTensorInfo input), string path) in modules.Zip(paths))
            OnnxExporter.Export(module, [input]).Save(path);

        Python.Run(["-c", Check, .. paths]);
    }

    [Fact]
    public void A_network_with_two_heads_passes_the_checker()
    {
        RequireChecker();
        using var network = new TwoHeads();
        OnnxTensorInfo[] inputs =
        [
            new("image", OnnxElementType.Float, ["batch", 1, 8, 8]),
            new("hint", OnnxElementType.Float, ["batch", 3]),
        ];
        OnnxTensorInfo[] outputs =
        [
            new("letter", OnnxElementType.Float, ["batch", 5]),
            new("pair", OnnxElementType.Float, ["batch", 7]),
        ];
        var options = new OnnxModelOptions { Metadata = new Dictionary<string, string> { ["key"] = "value" } };
        string path = Path.Combine(_folder, "heads.onnx");
        OnnxExporter.Export(network, inputs, outputs, options).Save(path);

        Python.Run("-c", Check, path);
    }

    [Fact]
    public void Every_traced_network_passes_the_checker()
    {
        RequireChecker();
        var paths = new List<string>();
        foreach ((Func<nn.Module> make, Func<object[]> examples) in Cases.All.Values)
        {
            paths.Add(Path.Combine(_folder, $"{paths.Count}.onnx"));
            using nn.Module network = make();
            OnnxExporter.Export(network, (IReadOnlyList<object?>)examples()).Save(paths[^1]);
        }

        Python.Run(["-c", Check, .. paths]);
    }

    private static Sequential Images() => nn.Sequential(
        nn.Conv2d(4, 6, 3, padding: 1, padding_mode: PaddingModes.Replicate),
        nn.BatchNorm2d(6),
        nn.ReLU(),
        nn.Dropout2d(0.1),
        nn.GroupNorm(2, 6),
        nn.ReLU6(),
        nn.AvgPool2d(3, 2, 1, ceil_mode: true),
        nn.LeakyReLU(0.1),
        nn.ELU(),
        nn.SELU(),
        nn.GELU(),
        nn.GELU(GELU.Approximate.tanh),
        nn.SiLU(),
        nn.Mish(),
        nn.Hardswish(),
        nn.Hardsigmoid(),
        nn.Hardtanh(inplace: true),
        nn.Softsign(),
        nn.Sigmoid(),
        nn.Tanh(),
        nn.AvgPool2d(2, divisor_override: 3),
        nn.MaxPool2d(2),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Unflatten(1, [2, 3]),
        nn.LogSoftmax(1));

    private static Sequential Signals() => nn.Sequential(
        nn.Flatten(2),
        nn.BatchNorm1d(4, affine: false),
        nn.Conv1d(4, 4, 3),
        nn.MaxPool1d(2),
        nn.LayerNorm(71),
        nn.Linear(71, 3));

    private static void RequireChecker()
    {
        Python.RequireModule("onnx", "python3-onnx");
        string opset = Python.Run("-c", Version).Trim();
        Assert.SkipWhen(
            int.Parse(opset, System.Globalization.CultureInfo.InvariantCulture) < OnnxModelOptions.MinimumOpset,
            $"python3's onnx knows opset {opset} at most, not {OnnxModelOptions.MinimumOpset}.");
    }
}
