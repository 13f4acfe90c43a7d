using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using MnistAdder.OnnxExport;
using MnistAdder.OnnxExport.Networks;
using static TorchSharp.torch;

namespace MnistAdder.OnnxQuantization.Tests;

/// <summary>Networks of TorchSharp as the exporter writes them.</summary>
public sealed class ExportedNetworkTests
{
    private const int Size = 32;

    public static TheoryData<QuantizedForm> Forms => Quantized.Forms;

    [Theory]
    [MemberData(nameof(Forms))]
    public void A_residual_network_has_nothing_but_integers_between_its_ends(QuantizedForm form)
    {
        QuantizedModel model = Answers(() => new ResNet18(), form);
        Assert.Equal(21, model.Layers.Count);
        if (form == QuantizedForm.OnnxRuntime)
            Assert.Equal(["Flatten", "NhwcMaxPool", "QGemm", "QLinearAdd", "QLinearConv", "QLinearGlobalAveragePool", "QuantizeLinear", "Transpose"], Quantized.Operators(model).Distinct().Order());
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void A_U_net_answers_as_in_floats(QuantizedForm form) => Assert.Equal(11, Answers(() => new SmallUNet(), form).Layers.Count);

    [Theory]
    [MemberData(nameof(Forms))]
    public void Squeeze_and_excitation_by_linear_layers_answers_as_in_floats(QuantizedForm form) => Assert.Equal(2, Answers(() => new SqueezeExcitation(3, 1), form).Layers.Count);

    private static QuantizedModel Answers(Func<nn.Module> network, QuantizedForm form)
    {
        using IDisposable scope = NewDisposeScope();
        manual_seed(1);
        using nn.Module module = network();
        byte[] floats = OnnxExporter.Export(module, [rand(2, 3, Size, Size)]).ToBytes();
        string input;
        using (var session = new InferenceSession(floats))
            input = session.InputNames.Single();
        return Quantized.IsNear(floats, Batch, Quantized.AllIn(form), calibrationRows: 8);

        IReadOnlyCollection<NamedOnnxValue> Batch(int rows, int seed)
        {
            var random = new Random(seed);
            float[] pixels = [.. Enumerable.Range(0, rows * 3 * Size * Size).Select(_ => random.NextSingle())];
            return [NamedOnnxValue.CreateFromTensor(input, new DenseTensor<float>(pixels, [rows, 3, Size, Size]))];
        }
    }
}
