using MnistAdder.Tests.Support.Models;
using static MnistAdder.Tests.Support.Models.TestModel;
using ElementType = MnistAdder.Onnx.TensorProto.Types.DataType;

namespace MnistAdder.OnnxBatching.Tests.Independence;

/// <summary>Models whose rows meet, or of which nothing is known.</summary>
public sealed class MixedRowsTests
{
    [Theory]
    [InlineData("Softmax", 0)]
    [InlineData("LogSoftmax", -2)]
    [InlineData("LpNormalization", 0)]
    public void What_runs_along_the_first_axis_mixes_rows(string operation, long axis) =>
        Verdict.IsMixed(Verdict.Model(4).Node(operation, ["x"], ["y"], Attribute("axis", axis)), "runs along the rows");

    [Fact]
    public void An_old_softmax_runs_along_all_axes_from_its_own_on() =>
        Verdict.IsMixed(Verdict.Model(4).Node("Transpose", ["x"], ["t"]).Node("Softmax", ["t"], ["y"], Attribute("axis", 0)), "runs along the rows", opset: 11);

    [Theory]
    [InlineData("ReduceMean", 13)]
    [InlineData("ReduceMax", 11)]
    public void A_reduction_over_the_rows_mixes_them(string operation, int opset) =>
        Verdict.IsMixed(Verdict.Model(4).Node(operation, ["x"], ["m"], Attribute("axes", (long[])[0])).Node("Sub", ["x", "m"], ["y"]), "runs along the rows", opset);

    [Theory]
    [InlineData(9, false)]
    [InlineData(14, true)]
    [InlineData(15, true)]
    public void Batch_normalization_in_training_normalizes_over_the_rows(int opset, bool isSaid)
    {
        TestModel model = Verdict.Model(2, 3).Constant("c", [1f, 1f], 2);
        string[] outputs = isSaid ? ["y", "mean", "variance"] : ["y", "mean", "variance", "saved_mean", "saved_variance"];
        model.Node("BatchNormalization", ["x", "c", "c", "c", "c"], outputs, isSaid ? [Attribute("training_mode", 1)] : []);
        Verdict.IsMixed(model, "normalizes over the rows", opset);
    }

    [Fact]
    public void Detections_of_all_rows_are_no_row_s() =>
        Verdict.IsMixed(Verdict.Model(4).Node("NonZero", ["x"], ["n"]).Node("Cast", ["n"], ["y"], Attribute("to", (long)ElementType.Float)), "as many as there are among all rows");

    [Fact]
    public void Rows_are_no_steps_in_time() => Verdict.IsMixed(
        Verdict.Model(2, 3).Constant("w", new float[24], 1, 8, 3).Constant("r", new float[16], 1, 8, 2).Node("LSTM", ["x", "w", "r"], ["y"], Attribute("hidden_size", 2)), "in time");

    [Fact]
    public void Rows_that_attend_to_each_other_mix()
    {
        // [tokens, 4] · [4, tokens]
        TestModel model = Verdict.Model(4).Node("Transpose", ["x"], ["t"]).Node("MatMul", ["x", "t"], ["s"]).Node("Softmax", ["s"], ["a"]).Node("MatMul", ["a", "x"], ["y"]);
        Verdict.IsMixed(model, "multiplies rows with each other");
    }

    [Fact]
    public void A_square_of_rows_and_its_transpose_mix() =>
        Verdict.IsMixed(Verdict.Model(4).Node("Transpose", ["x"], ["t"]).Node("Add", ["x", "t"], ["y"]), "combines different rows");

    [Theory]
    [InlineData("RandomNormalLike")]
    [InlineData("RandomUniformLike")]
    [InlineData("Bernoulli")]
    public void Chance_is_no_row_s(string operation) => Verdict.IsMixed(Verdict.Model(4).Node(operation, ["x"], ["r"]).Node("Add", ["x", "r"], ["y"]), "is random");

    [Fact]
    public void Chance_inside_a_branch_is_no_row_s()
    {
        TestModel model = Verdict.Model(4).Constant("a", [1f]).Constant("b", [2f]).Node("Less", ["a", "b"], ["c"]).Node("If", ["c"], ["y"])
            .InnerGraph("then_branch", "RandomNormalLike", ["x"], "then").InnerGraph("else_branch", "Identity", ["x"], "else");
        Verdict.IsMixed(model, "is random");
    }

    [Fact]
    public void Chance_inside_a_function_is_no_row_s()
    {
        TestModel model = Verdict.Model(4).Function("own", "Noise", ["v"], ["w"], inner => inner.Node("RandomNormalLike", ["v"], ["w"])).Node("own", "Noise", ["x"], ["y"]);
        Verdict.IsMixed(model, "is random");
    }

    [Fact]
    public void Dropout_in_training_is_no_row_s_unless_it_drops_nothing()
    {
        TestModel Of(float ratio) => Verdict.Model(4).Constant("ratio", [ratio]).Constant("training", true).Node("Dropout", ["x", "ratio", "training"], ["y"]);

        Verdict.IsMixed(Of(0.5f), "is random");
        Verdict.IsProven(Of(0f));
    }

    [Fact]
    public void Places_of_a_pooling_are_counted_through_all_rows() => Verdict.IsMixed(
        Verdict.Model(1, 4).Node("MaxPool", ["x"], ["pooled", "places"], Attribute("kernel_shape", (long[])[2])).Node("Cast", ["places"], ["y"], Attribute("to", (long)ElementType.Float)), "numbers places");

    [Fact]
    public void One_scale_for_all_rows_is_no_row_s() => Verdict.IsMixed(
        Verdict.Model(4).Node("DynamicQuantizeLinear", ["x"], ["q", "scale", "zero"]).Node("DequantizeLinear", ["q", "scale", "zero"], ["y"]), "one scale for all rows");

    [Fact]
    public void Bytes_can_t_be_joined_to_constants_that_are_a_row_s() => Verdict.IsMixed(
        Verdict.Model(4).Constant("s", [0.1f]).Constant("z", [0f]).Constant("row", new float[4], 1, 4).Node("QuantizeLinear", ["x", "s", "z"], ["a"])
            .Node("com.microsoft", "QLinearConcat", ["s", "z", "a", "s", "z", "row", "s", "z"], ["y"], Attribute("axis", 1)),
        "isn't as many");

    [Fact]
    public void A_scale_that_each_row_says_is_no_scale_of_a_join() => Verdict.IsMixed(
        Verdict.Model(4).Constant("s", [0.1f]).Constant("z", [0f]).Node("QuantizeLinear", ["x", "s", "z"], ["a"])
            .Node("com.microsoft", "QLinearConcat", ["s", "z", "a", "x", "z"], ["y"], Attribute("axis", 1)),
        "says differently");

    [Fact]
    public void The_rows_axis_can_t_be_squeezed() =>
        Verdict.IsMixed(Verdict.Model(4).Constant("axes", [0L], 1).Node("Squeeze", ["x", "axes"], ["y"]), "takes the rows' axis away");

    [Fact]
    public void An_empty_list_of_axes_squeezes_whatever_has_size_1() =>
        Verdict.IsUnknown(Verdict.Model(4).Constant("axes", Array.Empty<long>(), 0).Node("Squeeze", ["x", "axes"], ["y"]), "whatever dimensions have size 1");

    [Fact]
    public void The_number_of_rows_is_nothing_to_compute_with() => Verdict.IsMixed(
        Verdict.Model(4).Node("Size", ["x"], ["n"]).Node("Cast", ["n"], ["f"], Attribute("to", (long)ElementType.Float)).Node("Less", ["x", "f"], ["b"]).Node("Cast", ["b"], ["y"], Attribute("to", (long)ElementType.Float)),
        "computes with the number of rows");

    [Fact]
    public void A_constant_with_a_place_for_each_row_fits_one_number_of_rows() =>
        Verdict.IsMixed(Verdict.Model(4).Constant("c", new float[12], 3, 4).Node("Add", ["x", "c"], ["y"]), "a place for each of a number of them");

    [Fact]
    public void Resizing_to_a_region_may_leave_rows_out()
    {
        TestModel model = Verdict.Model(1, 4, 4).Constant("region", [0f, 0f, 0f, 0f, 0.5f, 1f, 1f, 1f], 8).Constant("scales", [1f, 1f, 2f, 2f], 4)
            .Node("Resize", ["x", "region", "scales"], ["y"], Attribute("coordinate_transformation_mode", "tf_crop_and_resize"), Attribute("mode", "linear"));
        Verdict.IsUnknown(model, "takes a region");
    }

    [Fact]
    public void Resizing_in_proportion_may_make_more_rows()
    {
        TestModel model = Verdict.Model(1, 4, 4).Constant("start", [0L], 1).Constant("one", [1L], 1).Constant("sizes", [1L, 8L, 8L], 3)
            .Node("Shape", ["x"], ["shape"]).Node("Slice", ["shape", "start", "one"], ["rows"]).Node("Concat", ["rows", "sizes"], ["wanted"], Attribute("axis", 0))
            .Node("Resize", ["x", "", "", "wanted"], ["y"], Attribute("keep_aspect_ratio_policy", "not_smaller"));
        Verdict.IsUnknown(model, "takes a region");
    }

    [Fact]
    public void Scales_that_a_branch_decides_on_are_no_constants()
    {
        TestModel model = Verdict.Model(1, 4, 4).Constant("a", [1f]).Constant("b", [2f]).Constant("same", [1f, 1f, 2f, 2f], 4).Constant("more", [2f, 1f, 2f, 2f], 4)
            .Node("Less", ["a", "b"], ["c"]).Node("If", ["c"], ["scales"]).InnerGraph("then_branch", "Identity", ["same"], "then").InnerGraph("else_branch", "Identity", ["more"], "else")
            .Node("Resize", ["x", "", "scales"], ["y"]);
        Verdict.IsUnknown(model, "scales that aren't constants");
    }

    [Fact]
    public void Trees_read_three_dimensions_as_two() => Verdict.IsMixed(
        Verdict.Model(2, 3).Node("ai.onnx.ml", "LinearRegressor", ["x"], ["y"], Attribute("coefficients", 1f, 2f)), "another axis than the first of two");

    [Fact]
    public void Texts_are_as_long_as_the_longest_of_the_rows()
    {
        TestModel model = new TestModel().Input("x", ElementType.String, -1).OutputOfAnyShape("y", ElementType.String)
            .Node("com.microsoft", "Tokenizer", ["x"], ["y"], Attribute("mark", 0), Attribute("mincharnum", 1), Attribute("pad_value", "#"), Attribute("separators", [" "]));
        Verdict.IsMixed(model, "the longest of the rows");
    }

    [Fact]
    public void Of_another_domain_nothing_is_known() => Verdict.IsUnknown(Verdict.Model(4).Node("own", "Attention", ["x"], ["y"]), "own.Attention isn't known");

    [Fact]
    public void Which_of_several_functions_of_one_name_is_called_isn_t_known()
    {
        TestModel model = Verdict.Model(4).Function("own", "Twice", ["v"], ["w"], inner => inner.Node("Add", ["v", "v"], ["w"]))
            .Function("own", "Twice", ["v"], ["w"], inner => inner.Node("Softmax", ["v"], ["w"], Attribute("axis", 0))).Node("own", "Twice", ["x"], ["y"]);
        Verdict.IsUnknown(model, "several functions");
    }

    [Fact]
    public void A_function_with_the_name_of_an_operator_isn_t_followed()
    {
        // ONNX Runtime runs its own.
        TestModel model = Verdict.Model(4).Function("ai.onnx.ml", "Normalizer", ["v"], ["w"], inner => inner.Node("Identity", ["v"], ["w"])).Node("ai.onnx.ml", "Normalizer", ["x"], ["y"]);
        Verdict.IsUnknown(model, "a name of an operator's");
    }
}
