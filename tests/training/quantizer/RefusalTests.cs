using System.Text;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using MnistAdder.OnnxQuantization.Tests.Networks;
using ElementType = MnistAdder.Onnx.TensorProto.Types.DataType;

namespace MnistAdder.OnnxQuantization.Tests;

public sealed class RefusalTests
{
    [Fact]
    public void A_model_that_is_too_old_is_refused() => IsRefused(Perceptron().ToBytes(opset: 12), Perceptron().Data(), "The model's opset is 12");

    [Theory]
    [MemberData(nameof(Quantized.Forms), MemberType = typeof(Quantized))]
    public void A_model_that_is_quantised_is_refused(QuantizedForm form) =>
        IsRefused(OnnxQuantizer.Quantize(Perceptron().ToBytes(), Perceptron().Data(), Quantized.AllIn(form)).ToArray(), Perceptron().Data(), "quantised already");

    [Theory]
    [InlineData("")]
    [InlineData("no model")]
    [InlineData("\b\b")]
    public void What_is_no_model_is_refused(string text) => IsRefused(Encoding.ASCII.GetBytes(text), Perceptron().Data(), "no ONNX model");

    [Fact]
    public void A_model_that_can_t_be_loaded_is_refused()
    {
        var network = new Network();
        network.Output(network.Add("NoSuchOperator", [network.Input("rows", 4)]));
        IsRefused(network.ToBytes(), network.Data(), "ONNX Runtime can't load the model");
    }

    [Fact]
    public void An_average_with_gaps_is_refused()
    {
        var network = new Network();
        string pooled = network.Add("AveragePool", [network.Conv(network.Input("image", 1, 8, 8), 1, 2)], Network.Attribute("kernel_shape", 2L, 2), Network.Attribute("dilations", 2L, 3));
        network.Output(network.Conv(pooled, 2, 2));
        IsRefused(network.ToBytes(opset: 19), network.Data(), "has dilations");
    }

    [Fact]
    public void No_data_are_too_few() => IsRefused(Perceptron().ToBytes(), CalibrationData.FromTensors([]), "no calibration data");

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.NegativeInfinity)]
    public void What_is_no_number_can_t_be_eight_bits(float number) => IsRefused(Perceptron().ToBytes(), Rows([1, 2, number, 4]), "infinite or no number");

    [Theory]
    [InlineData("Tanh")]
    [InlineData("Relu")]
    public void A_model_without_layers_has_nothing_to_quantise(string operation)
    {
        var network = new Network();
        network.Output(network.Add(operation, [network.Input("rows", 4)]));
        IsRefused(network.ToBytes(), network.Data(), "nothing to quantise");
    }

    [Fact]
    public void Layers_of_other_numbers_than_floats_are_nothing_to_quantise()
    {
        var network = new Network();
        string rows = network.Input("rows", ElementType.Int64, 4);
        network.Output(network.Add("Add", [rows, rows]), ElementType.Int64);
        IsRefused(network.ToBytes(), network.Data(), "nothing to quantise");
    }

    [Fact]
    public void Data_of_other_inputs_are_ONNX_Runtime_s_to_refuse()
    {
        CalibrationData other = CalibrationData.FromTensors([[NamedOnnxValue.CreateFromTensor("columns", new DenseTensor<float>([1, 4]))]]);
        Assert.ThrowsAny<OnnxRuntimeException>(() => OnnxQuantizer.Quantize(Perceptron().ToBytes(), other));
    }

    [Theory]
    [InlineData(50)]
    [InlineData(100.1)]
    [InlineData(double.NaN)]
    public void A_percentile_is_above_50_and_at_most_100(double percentile) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => OnnxQuantizer.Quantize(Perceptron().ToBytes(), Perceptron().Data(), new QuantizationOptions { Percentile = percentile }));

    [Theory]
    [InlineData(-0.1)]
    [InlineData(double.NaN)]
    public void A_loss_is_at_least_nought(double loss) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => OnnxQuantizer.Quantize(Perceptron().ToBytes(), Perceptron().Data(), new QuantizationOptions { MaxLoss = loss }));

    private static void IsRefused(byte[] model, CalibrationData data, string reason) =>
        Assert.Contains(reason, Assert.Throws<OnnxQuantizationException>(() => OnnxQuantizer.Quantize(model, data, Quantized.AllIn(QuantizedForm.Standard))).Message, StringComparison.Ordinal);

    private static CalibrationData Rows(float[] row) => CalibrationData.FromTensors([[NamedOnnxValue.CreateFromTensor("rows", new DenseTensor<float>(row, [1, row.Length]))]]);

    private static Network Perceptron()
    {
        var network = new Network();
        return network.Output(network.Gemm(network.Relu(network.Gemm(network.Input("rows", 4), 4, 8)), 8, 3));
    }
}
