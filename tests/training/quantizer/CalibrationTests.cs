using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using MnistAdder.OnnxQuantization.Calibration;
using MnistAdder.OnnxQuantization.Tests.Networks;
using ElementType = MnistAdder.Onnx.TensorProto.Types.DataType;

namespace MnistAdder.OnnxQuantization.Tests;

/// <summary>What is made of calibration data, and where they come from.</summary>
public sealed class CalibrationTests
{
    private const int Size = 12;

    public static TheoryData<QuantizedForm, CalibrationMethod> Cases => new MatrixTheoryData<QuantizedForm, CalibrationMethod>(Enum.GetValues<QuantizedForm>(), Enum.GetValues<CalibrationMethod>());

    [Theory]
    [MemberData(nameof(Cases))]
    public void Every_method_brings_answers_near_to_those_of_floats(QuantizedForm form, CalibrationMethod method)
    {
        var network = new Network();
        string image = network.Add("LeakyRelu", [network.Conv(network.Input("image", 3, 8, 8), 3, 8)]);
        network.Output(network.Conv(network.Relu(network.Conv(image, 8, 8)), 8, 4));
        Quantized.IsNear(network, Quantized.AllIn(form) with { Calibration = method });
    }

    [Fact]
    public void The_least_squared_error_is_no_greater_than_that_of_any_other_range()
    {
        for (int seed = 0; seed < 20; seed++)
        {
            var random = new Random(seed);
            double tail = 1 + (random.NextDouble() * 4), shift = (random.NextDouble() * 4) - 2;
            float[] numbers = [.. Enumerable.Range(0, 20_000).Select(_ => (float)(Math.Pow(random.NextDouble(), tail) * Math.Sign(random.NextDouble() - 0.3) * 10 + shift))];
            var statistics = new ValueStatistics();
            statistics.Widen("value", numbers, [numbers.Length]);
            statistics.Count(numbers);
            double best = Error(CalibrationMethod.SquaredError, 99);
            Assert.All([Error(CalibrationMethod.MinMax, 99), Error(CalibrationMethod.Percentile, 99), Error(CalibrationMethod.Percentile, 99.9)], other => Assert.InRange(best, 0, other * 1.1));

            double Error(CalibrationMethod method, double percentile)
            {
                Quantization bits = statistics.Choose(method, percentile);
                return numbers.Sum(number => Math.Pow(number - bits.Value((byte)Math.Clamp(Math.Round(number / bits.Scale) + bits.ZeroPoint, 0, 255)), 2));
            }
        }
    }

    [Fact]
    public void One_number_far_out_doesn_t_take_the_steps_of_all_others()
    {
        Network network = Perceptron();
        NamedOnnxValue rows = network.Batch(2000, seed: 7).Single();
        ((DenseTensor<float>)rows.Value).SetValue(0, 60);
        CalibrationData data = CalibrationData.FromTensors([[rows]]);
        Assert.True(Error(CalibrationMethod.Percentile) < Error(CalibrationMethod.MinMax) / 2, $"{Error(CalibrationMethod.Percentile)} and {Error(CalibrationMethod.MinMax)}");

        double Error(CalibrationMethod chosen)
        {
            QuantizationOptions options = Quantized.AllIn(QuantizedForm.Standard) with { Calibration = chosen, Percentile = 99.9 };
            byte[] model = OnnxQuantizer.Quantize(network.ToBytes(), data, options).ToArray();
            return Quantized.Difference(Quantized.Run(network.ToBytes(), network.Batch(50, seed: 8))[0], Quantized.Run(model, network.Batch(50, seed: 8))[0]);
        }
    }

    [Fact]
    public void Values_that_are_always_nought_stay_so()
    {
        Network network = Perceptron();
        CalibrationData zeros = CalibrationData.FromTensors([[NamedOnnxValue.CreateFromTensor("rows", new DenseTensor<float>([3, Size]))]]);
        byte[] model = OnnxQuantizer.Quantize(network.ToBytes(), zeros, Quantized.AllIn(QuantizedForm.Standard)).ToArray();
        NamedOnnxValue[] batch = [NamedOnnxValue.CreateFromTensor("rows", new DenseTensor<float>([2, Size]))];
        Assert.InRange(Quantized.Difference(Quantized.Run(network.ToBytes(), batch)[0], Quantized.Run(model, batch)[0]), 0, Quantized.Near);
    }

    [Theory]
    [InlineData(64)]
    [InlineData(7)]
    [InlineData(1)]
    public void The_rows_of_a_data_view_are_as_good_as_tensors(int batchSize)
    {
        Network network = Perceptron();
        byte[] fromTensors = OnnxQuantizer.Quantize(network.ToBytes(), network.Data(rows: 10, batches: 2), Quantized.AllIn(QuantizedForm.Standard)).ToArray();
        byte[] fromView = OnnxQuantizer.Quantize(network.ToBytes(), CalibrationData.FromDataView(View(network), batchSize), Quantized.AllIn(QuantizedForm.Standard)).ToArray();
        byte[] renamed = OnnxQuantizer.Quantize(
            network.ToBytes(), CalibrationData.FromDataView(View(network), batchSize, new Dictionary<string, string> { ["rows"] = "others" }), Quantized.AllIn(QuantizedForm.Standard)).ToArray();
        Assert.Equal(fromTensors, fromView);
        Assert.NotEqual(fromTensors, renamed);
    }

    [Theory]
    [InlineData("absent", "no column 'absent' for the model's input 'rows'")]
    [InlineData("bytes", "The column 'bytes' is of Vector<Byte, 12>; the model's input 'rows' takes Single")]
    [InlineData("short", "A row of the column 'short' has 3 values; the model's input 'rows' takes [-1, 12]")]
    public void A_column_that_doesn_t_fit_is_named(string column, string message)
    {
        Network network = Perceptron();
        CalibrationData data = CalibrationData.FromDataView(View(network), columns: new Dictionary<string, string> { ["rows"] = column });
        Assert.Contains(message, Assert.Throws<ArgumentException>(() => OnnxQuantizer.Quantize(network.ToBytes(), data)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Columns_of_several_types_feed_several_inputs()
    {
        var network = new Network();
        string bytes = network.Add("Cast", [network.Input("bytes", ElementType.Uint8, Size)], Network.Attribute("to", (long)ElementType.Float));
        string scaled = network.Add("Mul", [bytes, network.Constant([1 / 255f])]);
        network.Output(network.Gemm(network.Add("Add", [network.Relu(network.Gemm(network.Input("rows", Size), Size, 8)), network.Relu(network.Gemm(scaled, Size, 8))]), 8, 4));
        QuantizedModel model = OnnxQuantizer.Quantize(network.ToBytes(), CalibrationData.FromDataView(View(network)), Quantized.AllIn(QuantizedForm.OnnxRuntime));
        Assert.Equal(3, model.Layers.Count);
        Assert.InRange(model.Loss, 0, Quantized.Near);
    }

    [Fact]
    public void Rows_of_several_lengths_are_no_batch()
    {
        IDataView view = new MLContext().Data.LoadFromEnumerable([new Open { Words = new float[24] }, new Open { Words = new float[48] }]);
        var network = new Network();
        network.Output(network.MatMul(network.Input("Words", -1, Size), Size, 4));
        byte[] model = network.ToBytes();
        Assert.Throws<ArgumentException>(() => OnnxQuantizer.Quantize(model, CalibrationData.FromDataView(view)));
        // Alone each is one.
        Assert.Single(OnnxQuantizer.Quantize(model, CalibrationData.FromDataView(view, batchSize: 1), Quantized.AllIn(QuantizedForm.Standard)).Layers);
    }

    // The rows of the network's calibration data, and other columns.
    private static IDataView View(Network network)
    {
        Row[] rows = [.. Enumerable.Range(100, 2).SelectMany(seed => Rows(network, seed))];
        return new MLContext().Data.LoadFromEnumerable(rows);
    }

    private static IEnumerable<Row> Rows(Network network, int seed) =>
        ((DenseTensor<float>)network.Batch(10, seed).First(input => input.Name == "rows").Value).ToArray().Chunk(Size).Select(row => new Row
        {
            Numbers = row, Others = [.. row.Select(number => number * 2)], Bytes = [.. row.Select(number => (byte)(100 + (number * 20)))], Short = row[..3],
        });

    private static Network Perceptron()
    {
        var network = new Network();
        return network.Output(network.Gemm(network.Relu(network.Gemm(network.Input("rows", Size), Size, 8)), 8, 3));
    }

    private sealed class Row
    {
        [ColumnName("rows"), VectorType(Size)]
        public float[] Numbers { get; set; } = [];

        [ColumnName("others"), VectorType(Size)]
        public float[] Others { get; set; } = [];

        [ColumnName("bytes"), VectorType(Size)]
        public byte[] Bytes { get; set; } = [];

        [ColumnName("short"), VectorType(3)]
        public float[] Short { get; set; } = [];
    }

    private sealed class Open
    {
        [VectorType]
        public float[] Words { get; set; } = [];
    }
}
