using Microsoft.ML;
using Microsoft.ML.Data;
using MnistAdder.Tests.Support.Models;
using ElementType = MnistAdder.Onnx.TensorProto.Types.DataType;

namespace MnistAdder.OnnxBatching.Tests;

/// <summary>Models whose graphs can't be followed, since they put tensors into sequences.</summary>
public sealed class RowCheckTests
{
    private readonly MLContext _mlContext = new();
    private readonly List<string> _log = [];

    public RowCheckTests() => _mlContext.Log += (_, message) =>
    {
        if (message.Kind == Microsoft.ML.Runtime.ChannelMessageKind.Warning)
            _log.Add(message.RawMessage);
    };

    [Fact]
    public void Rows_that_stand_for_themselves_are_found_to_and_run_together()
    {
        using BatchedOnnxTransformer model = Fit(Unfollowed().Node("Add", ["same", "same"], ["y"]).ToBytes(), Rows(100));

        AssertAsStock(Unfollowed().Node("Add", ["same", "same"], ["y"]).ToBytes(), model, Rows(100));

        Assert.False(model.Session.Rows.IsProven);
        Assert.True(model.Session.Rows.IsTrusted("3: y"));
        Assert.Null(model.RowByRowReason);
        Assert.Empty(_log);
    }

    [Fact]
    public void Rows_that_depend_on_each_other_run_row_by_row_and_the_log_says_so_once()
    {
        using BatchedOnnxTransformer model = Fit(Centred(), Rows(100));

        AssertAsStock(Centred(), model, Rows(100));
        AssertAsStock(Centred(), model, Rows(100));

        Assert.Contains("'y'", model.RowByRowReason, StringComparison.Ordinal);
        Assert.Contains("its rows depend on each other", Assert.Single(_log), StringComparison.Ordinal);
    }

    [Fact]
    public void Equal_rows_prove_nothing()
    {
        using BatchedOnnxTransformer model = Fit(Centred(), Rows(1));

        AssertAsStock(Centred(), model, Enumerable.Repeat(new Any { X = [1, 2, 3] }, 200).ToArray());
        Assert.Null(model.RowByRowReason);

        AssertAsStock(Centred(), model, Rows(100));
        Assert.NotNull(model.RowByRowReason);
    }

    [Fact]
    public void Rows_of_every_shape_are_checked_anew()
    {
        // Up to four values stay as they are, and of more the mean over the rows is taken away.
        byte[] file = Unfollowed()
            .Constant("axis", [0L], 1)
            .Constant("most", [4L], 1)
            .Constant("second", [1L], 1)
            .Node("ReduceMean", ["same"], ["mean"], TestModel.Attribute("axes", [0L]))
            .Node("Sub", ["same", "mean"], ["centred"])
            .Node("Shape", ["same"], ["shape"])
            .Node("Gather", ["shape", "second"], ["length"])
            .Node("Greater", ["length", "most"], ["is_long"])
            .Node("Where", ["is_long", "centred", "same"], ["y"])
            .ToBytes();
        Any[] rows = [.. Rows(64), .. Enumerable.Range(0, 64).Select(row => new Any { X = [row, 1, 2, 3, row % 5] })];
        using BatchedOnnxTransformer model = Fit(file, rows);

        AssertAsStock(file, model, rows[..64]);
        Assert.Null(model.RowByRowReason);
        AssertAsStock(file, model, rows);
        Assert.NotNull(model.RowByRowReason);
    }

    [Fact]
    public void Rows_that_cannot_run_together_but_can_alone_run_row_by_row()
    {
        byte[] file = Unfollowed()
            .Constant("shape", [1L, 3L], 2)
            .Node("Reshape", ["same", "shape"], ["y"])
            .ToBytes();
        using BatchedOnnxTransformer model = Fit(file, Rows(40));

        AssertAsStock(file, model, Rows(40));

        Assert.NotNull(model.RowByRowReason);
    }

    [Fact]
    public void The_check_can_be_made_an_error()
    {
        using BatchedOnnxTransformer model = Fit(Centred(), Rows(100), RowCheck.Error);

        var exception = Assert.Throws<InvalidOperationException>(() => Table.Read(model.Transform(View(Rows(100)))));

        Assert.Contains("depend on each other", exception.Message, StringComparison.Ordinal);
        Assert.Contains("RowCheck", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_check_can_be_left_to_who_knows()
    {
        using BatchedOnnxTransformer model = Fit(Centred(), Rows(32), RowCheck.Off);

        float[][] answers = [.. model.Transform(View(Rows(32))).GetColumn<float[]>("y")];

        // Less the mean of all rows, where a row alone is its own mean.
        Assert.Contains(answers, row => row[0] != 0);
        Assert.Null(model.RowByRowReason);
    }

    [Fact]
    public void Models_known_to_mix_rows_are_run_row_by_row_whatever_is_said_of_the_check()
    {
        byte[] file = new TestModel()
            .Input("x", ElementType.Float, -1, 3)
            .Output("y", ElementType.Float, -1, 3)
            .Node("Softmax", ["x"], ["y"], TestModel.Attribute("axis", 0))
            .ToBytes();
        foreach (RowCheck check in Enum.GetValues<RowCheck>())
        {
            StockComparison.AssertSame(file, mlContext => Sample.View(mlContext, 40), new InferenceOptions { RowCheck = check });
            using BatchedOnnxTransformer model = Fit(file, Rows(1), check);
            Assert.Contains("Softmax", model.RowByRowReason, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_row_that_fails_is_an_error_behind_the_rows_before_it()
    {
        byte[] file = new TestModel()
            .Input("x", ElementType.Int64, -1, 3)
            .Output("y", ElementType.Float, -1, 3)
            .Constant("table", [1f, 2f, 3f, 4f], 4)
            .Node("Gather", ["table", "x"], ["y"])
            .ToBytes();
        IDataView view = _mlContext.Data.LoadFromEnumerable(Enumerable.Range(0, 100).Select(row => new Three<long> { X = [row % 4, row == 17 ? 99 : 0, 1] }));
        using var model = (BatchedOnnxTransformer)_mlContext.Transforms.ApplyOnnxModelBatched(new BatchedOnnxOptions { ModelBytes = file }).Fit(view);
        using DataViewRowCursor cursor = model.Transform(view).GetRowCursor([model.GetOutputSchema(view.Schema)["y"]]);
        ValueGetter<VBuffer<float>> getter = cursor.GetGetter<VBuffer<float>>(cursor.Schema["y"]);

        VBuffer<float> value = default;
        for (int row = 0; row < 17; row++)
        {
            Assert.True(cursor.MoveNext());
            getter(ref value);
            Assert.Equal([1 + (row % 4), 1, 2], value.DenseValues());
        }

        Assert.Contains("99", Assert.Throws<InvalidOperationException>(() => cursor.MoveNext()).Message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => cursor.MoveNext());
        Assert.Null(model.RowByRowReason);
    }

    [Fact]
    public void Inputs_that_have_other_sizes_than_the_model_says_are_equal_run_row_by_row()
    {
        // Both inputs call their second axis d1. The proof of the reshape relies on it.
        byte[] file = new TestModel()
            .Input("x", ElementType.Float, -1, -1)
            .Input("z", ElementType.Float, -1, -1)
            .Output("y", ElementType.Float, -1, -1)
            .Node("Shape", ["z"], ["shape"])
            .Node("Reshape", ["x", "shape"], ["y"])
            .ToBytes();
        IDataView view = _mlContext.Data.LoadFromEnumerable(Enumerable.Range(0, 64).Select(row => new Pair { X = [row, 1, 2, 3, 4, 5], Z = row < 32 ? new float[6] : new float[3] }));
        using var model = (BatchedOnnxTransformer)_mlContext.Transforms.ApplyOnnxModelBatched(new BatchedOnnxOptions { ModelBytes = file }).Fit(view);
        IDataView scored = model.Transform(view);

        using DataViewRowCursor cursor = scored.GetRowCursor([scored.Schema["y"]]);
        ValueGetter<VBuffer<float>> getter = cursor.GetGetter<VBuffer<float>>(scored.Schema["y"]);
        VBuffer<float> value = default;
        Assert.True(model.Session.Rows.IsProven);
        for (int row = 0; row < 32; row++)
        {
            Assert.True(cursor.MoveNext());
            getter(ref value);
            Assert.Equal([row, 1, 2, 3, 4, 5], value.DenseValues());
        }

        // Alone, a row of six values is none of three.
        Assert.Throws<InvalidOperationException>(() => cursor.MoveNext());
    }

    private static TestModel Unfollowed() => new TestModel()
        .Input("x", ElementType.Float, -1, -1)
        .Output("y", ElementType.Float, -1, -1)
        .Constant("first", [0L])
        .Node("SequenceConstruct", ["x"], ["sequence"])
        .Node("SequenceAt", ["sequence", "first"], ["same"]);

    private static byte[] Centred() => Unfollowed()
        .Node("ReduceMean", ["same"], ["mean"], TestModel.Attribute("axes", [0L]))
        .Node("Sub", ["same", "mean"], ["y"])
        .ToBytes();

    private static Any[] Rows(int count) => [.. Enumerable.Range(0, count).Select(row => new Any { X = [row, 2 * row, row % 7] })];

    private IDataView View(Any[] rows) => _mlContext.Data.LoadFromEnumerable(rows);

    private BatchedOnnxTransformer Fit(byte[] file, Any[] rows, RowCheck check = RowCheck.Fallback) => (BatchedOnnxTransformer)_mlContext.Transforms
        .ApplyOnnxModelBatched(new BatchedOnnxOptions { ModelBytes = file, Inference = new InferenceOptions { RowCheck = check } })
        .Fit(View(rows));

    private void AssertAsStock(byte[] file, BatchedOnnxTransformer model, Any[] rows)
    {
        using var folder = new TemporaryFolder();
        using var stock = _mlContext.Transforms.ApplyOnnxModel(folder.Write("model.onnx", file)).Fit(View(rows));
        StockComparison.AssertSame(stock.Transform(View(rows)), model.Transform(View(rows)));
    }

    private sealed class Pair
    {
        [ColumnName("x")]
        public float[] X { get; set; } = [];

        [ColumnName("z")]
        public float[] Z { get; set; } = [];
    }
}
