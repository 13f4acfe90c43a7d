using System.Diagnostics;
using Microsoft.ML;
using Microsoft.ML.Data;
using MnistAdder.Tests.Support.Models;

namespace MnistAdder.OnnxBatching.Tests;

public sealed class BatchedOnnxCursorTests : IDisposable
{
    private const int RowCount = 500;

    private readonly MLContext _mlContext = new();
    private readonly IDataView _input;
    private readonly BatchedOnnxTransformer _transformer;
    private readonly IDataView _scored;
    private readonly List<object?[]> _expected;

    public BatchedOnnxCursorTests()
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("model.onnx", TestModels.TwoInputsTwoOutputs());
        _input = Sample.View(_mlContext, RowCount);
        _transformer = (BatchedOnnxTransformer)_mlContext.Transforms
            .ApplyOnnxModelBatched(new BatchedOnnxOptions
            {
                ModelBytes = TestModels.TwoInputsTwoOutputs(),
                Inference = new InferenceOptions { BatchSize = 16, Workers = 3 },
            })
            .Fit(_input);
        _scored = _transformer.Transform(_input);
        using var stock = _mlContext.Transforms.ApplyOnnxModel(path).Fit(_input);
        _expected = Table.Read(stock.Transform(_input));
    }

    public void Dispose() => _transformer.Dispose();

    [Fact]
    public void A_view_can_be_enumerated_several_times() =>
        Assert.All(Enumerable.Range(0, 3), _ => Assert.Equal(_expected, Table.Read(_scored)));

    [Fact]
    public void A_view_can_be_enumerated_by_several_threads_at_once() =>
        Parallel.For(0, 8, _ => Assert.Equal(_expected, Table.Read(_scored)));

    [Fact]
    public void A_set_of_cursors_has_every_row_once()
    {
        IDataView scored = _transformer.Transform(UpstreamWork(_input));
        string[] names = ["Text", "total"];
        DataViewSchema.Column[] columns = [.. names.Select(name => scored.Schema[name])];

        var rows = new List<object?[]>();
        DataViewRowCursor[] cursors = scored.GetRowCursorSet(columns, 4);
        Parallel.ForEach(cursors, new ParallelOptions { MaxDegreeOfParallelism = cursors.Length }, cursor =>
        {
            using (cursor)
            {
                List<object?[]> part = Table.Read(cursor, columns);
                lock (rows)
                    rows.AddRange(part);
            }
        });

        Assert.True(cursors.Length > 1, "The stock transform before it hands out several cursors.");
        Assert.Equal(
            Table.Read(_scored, names).OrderBy(row => (string)row[0]!, StringComparer.Ordinal),
            rows.OrderBy(row => (string)row[0]!, StringComparer.Ordinal));
    }

    [Fact]
    public void Rows_keep_their_order_behind_a_transform_that_works_on_several_cores()
    {
        IDataView scored = _transformer.Transform(UpstreamWork(_input));

        Assert.Equal(Table.Read(_scored, "Text", "total", "scaled"), Table.Read(scored, "Text", "total", "scaled"));
    }

    [Fact]
    public void Two_batched_transforms_follow_each_other()
    {
        IDataView twice = _transformer.Transform(_mlContext.Transforms.CopyColumns("first", "total").Fit(_scored).Transform(_scored));

        Assert.Equal(Table.Read(_scored, "total", "total"), Table.Read(twice, "first", "total"));
    }

    [Fact]
    public void Only_the_outputs_asked_for_are_computed_and_none_runs_no_model()
    {
        IDataView scored = _transformer.Transform(_input);
        Assert.Equal(_expected.Select(row => row[^1]), Table.Read(scored, "scaled").Select(row => row[0]));

        _transformer.Dispose();
        Assert.Equal(_expected.Select(row => row[2]), Table.Read(scored, "Text").Select(row => row[0]));
        Assert.Throws<ObjectDisposedException>(() => Table.Read(scored, "scaled"));
    }

    [Fact]
    public void A_column_that_was_not_asked_for_has_no_getter()
    {
        using DataViewRowCursor cursor = _scored.GetRowCursor([_scored.Schema["total"]]);

        Assert.False(cursor.IsColumnActive(_scored.Schema["scaled"]));
        Assert.Throws<ArgumentException>(() => cursor.GetGetter<VBuffer<float>>(_scored.Schema["scaled"]));
        Assert.Throws<InvalidOperationException>(() => cursor.GetGetter<float>(_scored.Schema["total"]));
    }

    [Fact]
    public void An_active_column_that_nobody_reads_is_not_computed()
    {
        int computed = 0;
        IDataView counted = _mlContext.Transforms.CustomMapping<Sample, Counted>(
            (_, output) => output.Count = Interlocked.Increment(ref computed), contractName: null).Fit(_input).Transform(_input);
        IDataView scored = _transformer.Transform(counted);

        using (DataViewRowCursor cursor = scored.GetRowCursor(scored.Schema))
            Assert.Equal(RowCount, Table.Read(cursor, [scored.Schema["total"]]).Count);
        Assert.Equal(0, computed);
        Assert.Equal(RowCount, Table.Read(scored, "Count", "total").Count);
        Assert.Equal(RowCount, computed);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    public void A_getter_can_be_asked_for_between_rows(int rows)
    {
        using DataViewRowCursor cursor = _scored.GetRowCursor(_scored.Schema);
        for (int row = 0; row < rows; row++)
            Assert.True(cursor.MoveNext());
        ValueGetter<ReadOnlyMemory<char>> text = cursor.GetGetter<ReadOnlyMemory<char>>(_scored.Schema["Text"]);
        ValueGetter<VBuffer<float>> total = cursor.GetGetter<VBuffer<float>>(_scored.Schema["total"]);

        ReadOnlyMemory<char> textValue = default;
        VBuffer<float> totalValue = default;
        do
        {
            text(ref textValue);
            total(ref totalValue);
            Assert.Equal(_expected[(int)cursor.Position][2], textValue.ToString());
            Assert.Equal(((object[])_expected[(int)cursor.Position][^2]!).Single(), totalValue.GetItemOrDefault(0));
        }
        while (cursor.MoveNext());
    }

    [Fact]
    public void Rows_before_one_that_throws_arrive_and_the_exception_follows_them()
    {
        IDataView broken = _mlContext.Data.LoadFromEnumerable(Enumerable.Range(0, RowCount).Select(row =>
            row == 100 ? throw new InvalidDataException("Row 100 is broken.") : Sample.Of(row)));
        IDataView scored = _transformer.Transform(broken);
        using DataViewRowCursor cursor = scored.GetRowCursor([scored.Schema["total"]]);

        cursor.GetGetter<VBuffer<float>>(scored.Schema["total"]);
        for (int row = 0; row < 100; row++)
            Assert.True(cursor.MoveNext());
        Assert.Equal("Row 100 is broken.", Assert.Throws<InvalidDataException>(() => cursor.MoveNext()).Message);
        Assert.Throws<InvalidDataException>(() => cursor.MoveNext());
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, false)]
    [InlineData(40, false)]
    [InlineData(1, true)]
    [InlineData(40, true)]
    public void A_cursor_can_be_left_in_the_middle(int rows, bool severalLanes)
    {
        IDataView scored = _transformer.Transform(severalLanes ? UpstreamWork(_input) : _input);
        using (DataViewRowCursor cursor = scored.GetRowCursor(scored.Schema))
        {
            cursor.GetGetter<VBuffer<float>>(scored.Schema["total"]);
            for (int row = 0; row < rows; row++)
                Assert.True(cursor.MoveNext());
        }

        Assert.Equal(RowCount, Table.Read(scored, "total").Count);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_pool_without_a_free_thread_holds_up_neither_the_rows_nor_the_end_of_a_cursor(bool severalLanes)
    {
        IDataView scored = severalLanes ? _transformer.Transform(UpstreamWork(_input)) : _scored;
        using var pool = new BusyPool();
        var time = Stopwatch.StartNew();

        Assert.Equal(Table.Read(_scored, "total"), Table.Read(scored, "total"));
        using (DataViewRowCursor cursor = scored.GetRowCursor(scored.Schema))
        {
            cursor.GetGetter<VBuffer<float>>(scored.Schema["total"]);
            Assert.True(cursor.MoveNext());
        }

        Assert.InRange(time.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(5));
    }

    [Fact]
    public void Endless_input_is_read_only_a_few_batches_ahead()
    {
        int read = 0;
        IEnumerable<Sample> Endless()
        {
            while (true)
                yield return Sample.Of(Interlocked.Increment(ref read));
        }

        IDataView scored = _transformer.Transform(_mlContext.Data.LoadFromEnumerable(Endless()));
        using DataViewRowCursor cursor = scored.GetRowCursor([scored.Schema["total"]]);
        cursor.GetGetter<VBuffer<float>>(scored.Schema["total"]);
        for (int row = 0; row < 1000; row++)
            Assert.True(cursor.MoveNext());

        Thread.Sleep(100);
        Assert.InRange(Volatile.Read(ref read), 1000, 1000 + (8 * 16));
    }

    [Fact]
    public void Position_and_row_ids_are_those_of_the_input()
    {
        using DataViewRowCursor cursor = _scored.GetRowCursor([_scored.Schema["total"]]);
        using DataViewRowCursor input = _input.GetRowCursor([]);
        ValueGetter<DataViewRowId> id = cursor.GetIdGetter();
        ValueGetter<DataViewRowId> inputId = input.GetIdGetter();
        DataViewRowId found = default;
        DataViewRowId expected = default;
        Assert.Equal(-1, cursor.Position);
        while (cursor.MoveNext())
        {
            Assert.True(input.MoveNext());
            id(ref found);
            inputId(ref expected);
            Assert.Equal((input.Position, expected), (cursor.Position, found));
        }

        Assert.False(input.MoveNext());
    }

    // A stock transform that computes a column which the model needs: its cursors come in sets.
    private IDataView UpstreamWork(IDataView view)
    {
        IDataView copied = _mlContext.Transforms.CopyColumns("copy", "n").Fit(view).Transform(view);
        return _mlContext.Transforms.CopyColumns("n", "copy").Fit(copied).Transform(copied);
    }

    private sealed class Counted
    {
        public int Count { get; set; }
    }
}
