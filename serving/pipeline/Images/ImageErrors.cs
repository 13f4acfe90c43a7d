namespace MnistAdder.Serving.Images;

/// <summary>What is said of an image that can't be used: each begins small, since the caller puts the image's name before it.</summary>
internal static class ImageErrors
{
    public const string NoPath = "the path is empty";
    public const string NotRegular = "the path is not a regular file, but a pipe, a socket or a device";
    public const string Empty = "the file is empty";
    public const string UnknownFormat = "the file is not an image in a known format (PNG, JPEG, BMP, GIF, WebP)";
    public const string Tiff = "the file is a TIFF image, which is not read; PNG and JPEG are";
    public const string BadHeader = "the image's header is truncated or damaged";
    public const string Truncated = "the image is truncated";
    public const string Damaged = "the image is damaged";
    public const string NoMemory = "there is not enough memory for the image";
    public const string NoInk = "the image shows no ink";

    public static string TooManyBytes(long bytes, int limit) =>
        FormattableString.Invariant($"the file has {bytes} bytes; at most {limit} are accepted");

    public static string TooManyPixels(int width, int height, int limit) =>
        FormattableString.Invariant($"the image is {width}×{height} pixels; at most {limit / 1e6:0.###} megapixels are accepted");

    public static string TooManyScans(int scans) =>
        FormattableString.Invariant($"the image has {scans} progressive scans; at most {JpegScans.Most} are accepted");

    public static string NotRaw(int width, int height) =>
        FormattableString.Invariant($"the image is {width}×{height} pixels; raw preparation takes only 28×28");
}
