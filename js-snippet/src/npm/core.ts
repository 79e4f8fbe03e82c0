// The same core as the script tag's; it begins when it is loaded. Its parts take from it what `kit` lends.
export * from "../kit";
import "../main";
